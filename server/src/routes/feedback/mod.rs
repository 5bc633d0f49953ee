//! Feedback over HTTP: by people who are signed in, and by links for everybody else.

mod by_link;
mod links;
mod of_anomaly;
mod suggestion;

pub(crate) use self::by_link::{
    __path_answer_feedback_link, __path_show_feedback_link, answer_feedback_link,
    show_feedback_link,
};
pub(crate) use self::links::{__path_revoke_feedback_links, revoke_feedback_links};
pub(crate) use self::of_anomaly::{
    __path_find_feedback, __path_give_feedback, __path_take_feedback_back, find_feedback,
    give_feedback, take_feedback_back,
};
pub(crate) use self::suggestion::{
    __path_apply_suggestion, __path_suggest_rule, apply_suggestion, suggest_rule,
};

#[cfg(test)]
mod link_tests;
#[cfg(test)]
mod tests;
