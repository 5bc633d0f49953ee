//! The worker with every detector that works out thresholds, settings and the kind of a series; see `worker`.

fn main() {
    #[cfg(debug_assertions)]
    hindcast_app::browser::tell_panics();
    hindcast_app::worker::start_study();
}
