//! One file a command; each begins with what it sets up and ends with what it leaves behind.

pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod dev;
pub(crate) mod generate;
pub(crate) mod long_run;
pub(crate) mod peers;
pub(crate) mod precompress;
pub(crate) mod screenshots;
pub(crate) mod serve;
pub(crate) mod test;
