//! What the page of notifications asks for.

use hindcast_shared::api::{ListPage, NotificationRecord, NotificationRoute, NotificationTest};

use super::{ApiError, get, post, read};

/// The ways to tell somebody, and how they are.
pub async fn list_notification_routes() -> Result<Vec<NotificationRoute>, ApiError> {
    let page: ListPage<NotificationRoute> = read(&get("notification-routes", &[]).await?)?;
    Ok(page.items)
}

/// Messages, newest first.
pub async fn list_notifications() -> Result<Vec<NotificationRecord>, ApiError> {
    let query = [("limit", "50")];
    let page: ListPage<NotificationRecord> = read(&get("notifications", &query).await?)?;
    Ok(page.items)
}

/// Tells a route that this is a test.
pub async fn test_route(name: &str) -> Result<NotificationTest, ApiError> {
    read(&post(&format!("notification-routes/{name}/test"), None).await?)
}

/// Sends one again that was given up.
pub async fn send_again(id: i64) -> Result<(), ApiError> {
    post(&format!("notifications/{id}/resend"), None)
        .await
        .map(|_| ())
}
