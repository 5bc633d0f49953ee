//! The worker: fetches columns, replays rules, reduces what is drawn.

fn main() {
    #[cfg(debug_assertions)]
    hindcast_app::browser::tell_panics();
    hindcast_app::worker::start();
}
