//! The pages that nobody sits before: the kiosk, and a panel in somebody else's frame.

fn main() {
    #[cfg(debug_assertions)]
    hindcast_app::browser::tell_panics();
    leptos::mount::mount_to_body(hindcast_app::app::Wall);
}
