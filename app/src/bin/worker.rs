//! The worker: fetches columns, replays rules, reduces what is drawn.

fn main() {
    hindcast_app::worker::start();
}
