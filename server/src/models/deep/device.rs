//! Where networks learn: the processor, or a GPU that this program was built for.
//!
//! burn decides at run time which of the back ends that were compiled in computes, so nothing else of the networks
//! knows of it. On a GPU equal seeds need not give equal weights: sums there have no fixed order.

use burn::tensor::Device;
#[cfg(any(feature = "gpu-cuda", feature = "gpu-wgpu"))]
use burn::tensor::DeviceType;

use crate::config::ModelDevice;
use crate::models::ModelError;

/// A device that is there.
pub(super) struct Opened {
    pub(super) device: Device,
    /// What somebody should know: nothing of the processor.
    pub(super) note: Option<String>,
}

/// Opens a device.
///
/// # Errors
/// [`ModelError::NoGpu`] if a GPU was asked for by name and is not there; `auto` then takes the processor.
pub(super) fn open(device: ModelDevice) -> Result<Opened, ModelError> {
    let (found, name) = match device {
        ModelDevice::Cpu => (Some(Device::flex()), None),
        ModelDevice::Auto => {
            let by_cuda = cuda().map(|gpu| (gpu, "cuda"));
            match by_cuda.or_else(|| Some((wgpu(true)?, "wgpu"))) {
                Some((gpu, name)) => (Some(gpu), Some(name)),
                None => (Some(Device::flex()), None),
            }
        }
        ModelDevice::Cuda => (cuda(), Some("cuda")),
        ModelDevice::Wgpu => (wgpu(false), Some("wgpu")),
    };
    let missing = || ModelError::NoGpu {
        device: name.unwrap_or("cpu"),
    };
    Ok(Opened {
        device: found.ok_or_else(missing)?,
        note: name.map(|name| format!("It was learned on a GPU by `{name}`.")),
    })
}

#[cfg(feature = "gpu-cuda")]
fn cuda() -> Option<Device> {
    Device::enumerate(DeviceType::Cuda).into_iter().next()
}

#[cfg(not(feature = "gpu-cuda"))]
fn cuda() -> Option<Device> {
    None
}

/// What draws by software looks like a GPU to wgpu; only a card on a bus is one for `auto`.
#[cfg(feature = "gpu-wgpu")]
fn wgpu(only_cards: bool) -> Option<Device> {
    let is_card = |device: &Device| device.identity().is_some_and(|it| it.physical.is_some());
    let mut found = Device::enumerate(DeviceType::Wgpu).into_iter();
    found.find(|device| !only_cards || is_card(device))
}

#[cfg(not(feature = "gpu-wgpu"))]
fn wgpu(_only_cards: bool) -> Option<Device> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_when_a_gpu_is_asked_for_that_is_not_there_then_says_what_to_do_and_auto_goes_on() {
        for (device, name) in [(ModelDevice::Cuda, "cuda"), (ModelDevice::Wgpu, "wgpu")] {
            match open(device) {
                Ok(opened) => assert!(opened.note.is_some_and(|note| note.contains(name))),
                Err(error) => {
                    let told = error.to_string();
                    assert!(
                        told.contains(name) && told.contains("models.device"),
                        "{told}"
                    );
                }
            }
        }
        assert!(open(ModelDevice::Auto).is_ok());
        let processor = open(ModelDevice::Cpu).expect("it is always there");
        assert!(processor.note.is_none() && processor.device == Device::flex());
    }
}
