//! The page of those who make rules: the Lab and the list of rules.

fn main() {
    leptos::mount::mount_to_body(hindcast_app::app::Workbench);
}
