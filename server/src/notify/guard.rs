//! Where a notification may go: not to this machine and not to what clouds tell their machines, unless allowed.
//!
//! Names are looked at after they were resolved, with the very addresses that are connected to, so that no second
//! answer of a name server gets around it.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Addresses under which clouds tell machines their secrets, beside the link-local ones.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Networks that may be told although they are local, and others that may not although they are not.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    pub(super) allow: Vec<IpNet>,
    pub(super) deny: Vec<IpNet>,
}

/// Whether an address may be told.
pub(super) fn may_go(address: IpAddr, rules: &Rules) -> bool {
    let address = meant(address);
    if rules.deny.iter().any(|network| network.contains(&address)) {
        return false;
    }
    if rules.allow.iter().any(|network| network.contains(&address)) {
        return true;
    }
    let local = match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast() || v4.octets()[0] == 0,
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !(local
        || address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || METADATA.contains(&address))
}

/// The address at which a packet ends: mapped, translated (NAT64) and tunnelled (6to4) ones carry another.
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address.to_canonical() else {
        return address.to_canonical();
    };
    let inner = match v6.octets() {
        [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]
        | [0x20, 0x02, a, b, c, d, ..] => [a, b, c, d],
        _ => return IpAddr::V6(v6),
    };
    IpAddr::V4(Ipv4Addr::from(inner))
}

/// What is said where it may not go.
pub(super) fn refusal(host: &str) -> String {
    format!(
        "{host} is an address of this machine or its cloud, or denied; notify.allow and notify.deny say which"
    )
}

/// Looks at an address that stands in the URL itself: it is never resolved.
pub(super) fn check_literal(url: &Url, rules: &Rules) -> Result<(), String> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        _ => return Ok(()),
    };
    if may_go(address, rules) {
        Ok(())
    } else {
        Err(refusal(&address.to_string()))
    }
}

/// Resolves names to addresses that may be told, and to no others.
#[derive(Debug, Clone)]
pub(super) struct GuardedNames(pub(super) Arc<Rules>);

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.0.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let passed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| may_go(address.ip(), &rules))
                .collect();
            if passed.is_empty() {
                return Err(Box::<dyn Error + Send + Sync>::from(refusal(&host)));
            }
            Ok(Box::new(passed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("93.184.216.34", true)]
    #[case("10.1.2.3", true)]
    #[case("127.0.0.1", false)]
    #[case("0.0.0.0", false)]
    #[case("0.1.2.3", false)]
    #[case("169.254.169.254", false)]
    #[case("100.100.100.200", false)]
    #[case("::1", false)]
    #[case("::ffff:127.0.0.1", false)]
    #[case("::ffff:169.254.169.254", false)]
    #[case("fe80::1", false)]
    #[case("fd00:ec2::254", false)]
    #[case("224.0.0.1", false)]
    #[case("64:ff9b::a9fe:a9fe", false)]
    #[case("2002:7f00:1::", false)]
    #[case("2606:4700::1111", true)]
    fn address_when_of_this_machine_or_its_cloud_then_may_not_be_told(
        #[case] address: &str,
        #[case] may: bool,
    ) {
        let address: IpAddr = address.parse().expect("an address");
        assert_eq!(may_go(address, &Rules::default()), may);
        let all = || {
            ["0.0.0.0/0", "::/0"]
                .map(|text| text.parse().expect("a network"))
                .to_vec()
        };
        let mut rules = Rules {
            allow: all(),
            deny: Vec::new(),
        };
        assert!(
            may_go(address, &rules),
            "whoever runs it may open everything"
        );
        rules.deny = all();
        assert!(!may_go(address, &rules), "and close everything");
    }

    #[tokio::test]
    async fn name_when_it_resolves_to_this_machine_then_is_refused() {
        let names = |allowed: &[&str]| {
            let networks = allowed.iter().map(|text| text.parse().expect("a network"));
            GuardedNames(Arc::new(Rules {
                allow: networks.collect(),
                deny: Vec::new(),
            }))
        };
        let ask = |guard: GuardedNames| guard.resolve("localhost".parse().expect("a name"));
        let error = ask(names(&[])).await.err().expect("a refusal");
        assert!(error.to_string().contains("notify.allow"), "{error}");
        assert!(ask(names(&["127.0.0.0/8", "::1/128"])).await.is_ok());
        let url = |text: &str| Url::parse(text).expect("an address");
        assert!(check_literal(&url("http://[::1]:80/"), &Rules::default()).is_err());
        assert!(
            check_literal(&url("http://2130706433/"), &Rules::default()).is_err(),
            "127.0.0.1 as a number"
        );
    }
}
