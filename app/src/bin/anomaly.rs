//! The page of one anomaly.

fn main() {
    #[cfg(debug_assertions)]
    hindcast_app::browser::tell_panics();
    leptos::mount::mount_to_body(hindcast_app::app::OneAnomaly);
}
