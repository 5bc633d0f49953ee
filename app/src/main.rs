//! The page of those who watch: overview, anomalies, walls and embeds.

fn main() {
    leptos::mount::mount_to_body(hindcast_app::app::Watch);
}
