//! The Lab's tools behind a click: studies, named drafts, files.

fn main() {
    #[cfg(debug_assertions)]
    hindcast_app::browser::tell_panics();
    hindcast_app::desk::start();
}
