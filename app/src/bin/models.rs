//! The page about full models.

fn main() {
    #[cfg(debug_assertions)]
    hindcast_app::browser::tell_panics();
    leptos::mount::mount_to_body(hindcast_app::app::ModelBook);
}
