//! The pages about paging: who is told, when nobody is, and what came of it.

fn main() {
    #[cfg(debug_assertions)]
    hindcast_app::browser::tell_panics();
    leptos::mount::mount_to_body(hindcast_app::app::Paging);
}
