//! The page of those who make rules: the Lab.

fn main() {
    #[cfg(debug_assertions)]
    hindcast_app::browser::tell_panics();
    leptos::mount::mount_to_body(hindcast_app::app::Workbench);
}
