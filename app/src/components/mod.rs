//! Small parts that pages are made of, on native elements.

mod anomaly_list;
mod help;
mod live_chart;
mod notice;
mod palette;
mod range_picker;
mod slider;
mod suggestion;
mod top_bar;
mod virtual_rows;

pub use anomaly_list::AnomalyList;
pub(crate) use anomaly_list::age;
pub(crate) use help::is_typing;
pub use help::{Help, Shortcuts, open as open_help};
pub use live_chart::{Pace, RuleCharts, stored_anomalies};
pub(crate) use live_chart::{columns_wanted, finished};
pub use notice::{Failure, Waiting};
pub use palette::{Palette, open as open_palette};
pub use range_picker::{RangePicker, RangeText};
pub use slider::{NumberSlider, SliderSpec};
pub use suggestion::{SuggestChange, outcomes};
pub use top_bar::TopBar;
pub use virtual_rows::{ItemView, VirtualRows, item_view};
