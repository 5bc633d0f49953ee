//! The worker with every detector; see `worker`.

fn main() {
    #[cfg(debug_assertions)]
    hindcast_app::browser::tell_panics();
    hindcast_app::worker::start_full();
}
