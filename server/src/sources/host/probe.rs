//! Asks the operating system how this machine is. Knows nothing of time or of who keeps the answers.

use std::collections::BTreeMap;
use std::time::Instant;

use hindcast_shared::series::Labels;
use sysinfo::{Disks, Networks, System};

/// File systems that are never full in a way that matters, or always are.
const SKIPPED_FILE_SYSTEMS: [&str; 6] = [
    "squashfs", "tmpfs", "devtmpfs", "ramfs", "iso9660", "efivarfs",
];

/// What must be remembered between two looks.
pub(super) struct Probe {
    system: System,
    disks: Disks,
    networks: Networks,
    looked_at: Instant,
}

impl Probe {
    pub(super) fn new() -> Result<Self, String> {
        let text = |error: sysinfo::Error| error.to_string();
        let mut system = System::new().map_err(text)?;
        system.refresh_cpu_usage();
        Ok(Self {
            system,
            disks: Disks::new_with_refreshed_list().map_err(text)?,
            networks: Networks::new_with_refreshed_list().map_err(text)?,
            looked_at: Instant::now(),
        })
    }

    /// Everything that can be told now, as labels and value.
    pub(super) fn measure(&mut self) -> Vec<(Labels, f64)> {
        let now = Instant::now();
        let elapsed_s = now.duration_since(self.looked_at).as_secs_f64().max(1e-3);
        self.looked_at = now;
        let mut measured = Vec::new();
        let mut put = |name: &str, pairs: &[(&str, &str)], value: f64| {
            if value.is_finite() {
                measured.push((Labels::named(name, pairs), value));
            }
        };
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        put(
            "cpu_percent",
            &[],
            f64::from(self.system.global_cpu_usage()),
        );
        let (total, available) = (self.system.total_memory(), self.system.available_memory());
        put(
            "memory_percent",
            &[],
            share(total.saturating_sub(available), total),
        );
        put(
            "swap_percent",
            &[],
            share(self.system.used_swap(), self.system.total_swap()),
        );
        self.disks.refresh(true);
        for (mount, (used, total)) in used_disks(&self.disks) {
            put("disk_percent", &[("mount", &mount)], share(used, total));
        }
        self.networks.refresh(true);
        for (interface, data) in &self.networks {
            let interface = interface.to_string_lossy();
            if interface == "lo" {
                continue;
            }
            let pairs = [("interface", interface.as_ref())];
            put(
                "network_receive_bytes_per_second",
                &pairs,
                data.received() as f64 / elapsed_s,
            );
            put(
                "network_transmit_bytes_per_second",
                &pairs,
                data.transmitted() as f64 / elapsed_s,
            );
        }
        if let Ok(load) = System::load_average() {
            put("load1", &[], load.one);
            put("load5", &[], load.five);
            put("load15", &[], load.fifteen);
        }
        measured
    }
}

fn share(part: u64, whole: u64) -> f64 {
    // Without any swap none of it is used.
    if whole == 0 {
        0.0
    } else {
        100.0 * part as f64 / whole as f64
    }
}

/// `(used, total)` by mount point; one disk mounted in several places (containers) counts once, at its shortest path.
fn used_disks(disks: &Disks) -> BTreeMap<String, (u64, u64)> {
    let mut by_device: BTreeMap<(String, u64, u64), String> = BTreeMap::new();
    for disk in disks {
        let file_system = disk.file_system().to_string_lossy().into_owned();
        let total = disk.total_space();
        if total == 0 || SKIPPED_FILE_SYSTEMS.contains(&file_system.as_str()) {
            continue;
        }
        let used = total.saturating_sub(disk.available_space());
        let mount = disk.mount_point().to_string_lossy().into_owned();
        let device = disk.name().to_string_lossy().into_owned();
        let kept = by_device
            .entry((device, used, total))
            .or_insert_with(|| mount.clone());
        if (mount.len(), &mount) < (kept.len(), kept) {
            *kept = mount;
        }
    }
    by_device
        .into_iter()
        .map(|((_, used, total), mount)| (mount, (used, total)))
        .collect()
}
