//! Whether an address is of this machine: only there may anything travel without TLS. Asks no resolver.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a host, as an address writes it, is this machine: `localhost`, any number of 127/8 (RFC 1122, 3.2.1.3), or
/// `[::1]`. A name that only begins like one of them is somebody else's.
pub fn is_loopback(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(number) => number.parse().is_ok_and(|number: Ipv6Addr| number.is_loopback()),
        None => host == "localhost" || host.parse().is_ok_and(|number: Ipv4Addr| number.is_loopback()),
    }
}

/// Whether an address is plain HTTP to a port of this machine, with nothing behind it.
pub fn is_loopback_http(address: &str) -> bool {
    let rest = address.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
    let parts = rest.and_then(|rest| rest.rsplit_once(':'));
    parts.is_some_and(|(host, port)| is_loopback(host) && port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_are_this_machine_count_as_it() {
        for host in ["localhost", "127.0.0.1", "127.0.0.53", "127.255.255.254", "[::1]", "[0:0:0:0:0:0:0:1]"]
        {
            assert!(is_loopback(host), "{host}");
            assert!(is_loopback_http(&format!("http://{host}:4711")), "{host}");
            assert!(is_loopback_http(&format!("http://{host}:80/")), "{host}");
        }
        for host in [
            "",
            "localhost.evil.example",
            "localhost.",
            "notlocalhost",
            "me@localhost",
            "localhost:80",
            "127.0.0.1.example",
            "127.0.0.1.",
            "127.0.0.1:1@evil.example",
            "1127.0.0.1",
            "128.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "[::]",
            "[::2]",
            "[::ffff:127.0.0.1]",
            "[::1].example",
            "[::1",
            "::1",
            "[127.0.0.1]",
            "[localhost]",
        ] {
            assert!(!is_loopback(host), "{host}");
            assert!(!is_loopback_http(&format!("http://{host}:4711")), "{host}");
        }
    }

    #[test]
    fn plain_http_names_its_port_and_nothing_behind_it() {
        for address in [
            "https://127.0.0.1:1",
            "127.0.0.1:1",
            "http://127.0.0.1",
            "http://[::1]",
            "http://127.0.0.1:",
            "http://127.0.0.1:65536",
            "http://127.0.0.1:1@evil.example",
            "http://127.0.0.1:1/path",
            "http://evil.example/127.0.0.1:1",
            "http://evil.example#127.0.0.1:1",
        ] {
            assert!(!is_loopback_http(address), "{address}");
        }
    }
}
