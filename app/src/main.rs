//! The page.

fn main() {
    leptos::mount::mount_to_body(hindcast_app::app::App);
}
