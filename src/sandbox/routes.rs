//! Every route, with what a call of it costs the service account.
//!
//! The cost is that of the `op` command that does the same, by the request table of 1Password's
//! page "Use service accounts with the CLI" (ids given, so the cheaper figure). Commands that it
//! does not list cost one request. Listing people and groups and asking for the ration cost
//! nothing (README of `lasuillard/1password-exporter`); what only the sandbox has is free.

use super::world::Cost;

/// One route.
#[derive(Debug)]
pub(super) struct Route {
    /// The HTTP method.
    pub(super) method: &'static str,
    /// The path with its placeholders.
    pub(super) path: &'static str,
    /// What a call costs.
    pub(super) cost: Cost,
}

const fn route(method: &'static str, path: &'static str, reads: u64, writes: u64) -> Route {
    Route { method, path, cost: Cost { reads, writes } }
}

macro_rules! routes {
    ($($name:ident $method:literal $path:literal $reads:literal $writes:literal $note:literal;)*) => {
        $(#[doc = $note] pub(super) const $name: Route = route($method, $path, $reads, $writes);)*
        /// All of them, in order.
        pub(super) const ALL: &[&Route] = &[$(&$name),*];
    };
}

routes! {
    VAULTS       "GET"    "/v1/vaults" 1 0 "`op vault list`";
    VAULT        "GET"    "/v1/vaults/{vault}" 1 0 "`op vault get ID`";
    ITEMS        "GET"    "/v1/vaults/{vault}/items" 2 0 "`op item list --vault ID`";
    ITEM_NEW     "POST"   "/v1/vaults/{vault}/items" 0 1 "`op item create --vault ID`";
    ITEM         "GET"    "/v1/vaults/{vault}/items/{item}" 1 0 "`op item get ID --vault ID`";
    ITEM_PUT     "PUT"    "/v1/vaults/{vault}/items/{item}" 4 1 "`op item edit ID --vault ID`";
    ITEM_PATCH   "PATCH"  "/v1/vaults/{vault}/items/{item}" 4 1 "`op item edit ID --vault ID`";
    ITEM_DELETE  "DELETE" "/v1/vaults/{vault}/items/{item}" 4 1 "`op item delete ID --vault ID`";
    FILES        "GET"    "/v1/vaults/{vault}/items/{item}/files" 1 0 "`op item get ID --vault ID`";
    FILE         "GET"    "/v1/vaults/{vault}/items/{item}/files/{file}" 1 0 "`op item get ID --vault ID`";
    CONTENT      "GET"    "/v1/vaults/{vault}/items/{item}/files/{file}/content" 1 0 "`op read` with ids";

    WHOAMI       "GET"    "/sandbox/v1/whoami" 0 0 "`op whoami`";
    PEOPLE       "GET"    "/sandbox/v1/people" 0 0 "`op user list`";
    PERSON_NEW   "POST"   "/sandbox/v1/people" 0 0 "`op user provision`: no service account";
    PERSON_DEL   "DELETE" "/sandbox/v1/people/{person}" 0 0 "`op user delete`: no service account";
    ACCEPT       "POST"   "/sandbox/v1/people/{person}/accept" 0 0 "what the invited person does";
    CONFIRM      "POST"   "/sandbox/v1/people/{person}/confirm" 0 0 "`op user confirm`: no service account";
    SUSPEND      "POST"   "/sandbox/v1/people/{person}/suspend" 0 0 "`op user suspend`: no service account";
    REACTIVATE   "POST"   "/sandbox/v1/people/{person}/reactivate" 0 0 "`op user reactivate`: no service account";
    GROUPS       "GET"    "/sandbox/v1/groups" 0 0 "`op group list`";
    GROUP_NEW    "POST"   "/sandbox/v1/groups" 0 0 "`op group create`: no service account";
    JOIN         "PUT"    "/sandbox/v1/groups/{group}/members/{person}" 0 0 "`op group user grant`: no service account";
    LEAVE        "DELETE" "/sandbox/v1/groups/{group}/members/{person}" 0 0 "`op group user revoke`: no service account";
    OWN_VAULTS   "GET"    "/sandbox/v1/vaults" 1 0 "`op vault list`";
    VAULT_NEW    "POST"   "/sandbox/v1/vaults" 0 1 "`op vault create`";
    OWN_VAULT    "GET"    "/sandbox/v1/vaults/{vault}" 1 0 "`op vault get ID`";
    VAULT_EDIT   "PATCH"  "/sandbox/v1/vaults/{vault}" 0 1 "`op vault edit ID --name`";
    VAULT_DELETE "DELETE" "/sandbox/v1/vaults/{vault}" 1 1 "`op vault delete ID`";
    ALL_ITEMS    "GET"    "/sandbox/v1/vaults/{vault}/items" 2 0 "`op item list --vault ID --include-archive`";
    ARCHIVE      "POST"   "/sandbox/v1/vaults/{vault}/items/{item}/archive" 4 1 "`op item delete --archive ID --vault ID`";
    GRANTS       "GET"    "/sandbox/v1/vaults/{vault}/grants" 2 0 "`op vault user list` and `op vault group list`";
    GRANT        "PUT"    "/sandbox/v1/vaults/{vault}/people/{person}" 0 1 "`op vault user grant`";
    REVOKE       "DELETE" "/sandbox/v1/vaults/{vault}/people/{person}" 0 1 "`op vault user revoke`";
    GRANT_GROUP  "PUT"    "/sandbox/v1/vaults/{vault}/groups/{group}" 0 1 "`op vault group grant`";
    REVOKE_GROUP "DELETE" "/sandbox/v1/vaults/{vault}/groups/{group}" 0 1 "`op vault group revoke`";
    UPLOAD       "POST"   "/sandbox/v1/vaults/{vault}/files" 0 1 "`op document create --vault ID`";
    VISIT        "POST"   "/sandbox/v1/visits" 0 0 "a run of the CLI, which says itself what it costs";
    SERVICE      "PATCH"  "/sandbox/v1/service-account" 0 0 "what the service account was created with";
    GIVEN        "PUT"    "/sandbox/v1/service-account/vaults/{vault}" 0 0 "a vault given at its creation";
    TOKENS       "GET"    "/sandbox/v1/tokens" 0 0 "`op connect token list`: no service account";
    CONNECT_NEW  "POST"   "/sandbox/v1/tokens/connect" 0 0 "`op connect token create`: no service account";
    EVENTS_NEW   "POST"   "/sandbox/v1/tokens/events" 0 0 "`op events-api create`: no service account";
    TOKEN_DEL    "DELETE" "/sandbox/v1/tokens/{token}" 0 0 "`op connect token delete`: no service account";
    RATELIMIT    "GET"    "/sandbox/v1/ratelimit" 0 0 "`op service-account ratelimit`";
    REQUESTS     "GET"    "/sandbox/v1/requests" 0 0 "the sandbox's own, and not counted";
    LEDGER       "GET"    "/sandbox/v1/ledger" 0 0 "the sandbox's own";
    FAULTS       "GET"    "/sandbox/v1/faults" 0 0 "the sandbox's own, and not counted";
    FAULTS_SET   "PUT"    "/sandbox/v1/faults" 0 0 "the sandbox's own, and not counted";
    FAULTS_END   "DELETE" "/sandbox/v1/faults" 0 0 "the sandbox's own, and not counted";
    USED         "POST"   "/sandbox/v1/usages" 0 0 "what somebody does with an item in an app";

    INTROSPECT   "GET"    "/api/v2/auth/introspect" 0 0 "what a token of the Events API is good for";
    INTROSPECT_1 "GET"    "/api/auth/introspect" 0 0 "the same, first version";
    AUDIT        "POST"   "/api/v2/auditevents" 0 0 "audit events";
    AUDIT_1      "POST"   "/api/v1/auditevents" 0 0 "the same, first version";
    USAGES       "POST"   "/api/v2/itemusages" 0 0 "item usages";
    USAGES_1     "POST"   "/api/v1/itemusages" 0 0 "the same, first version";
    ACTIVITY     "GET"    "/v1/activity" 0 0 "Connect's, for its tokens";
    HEARTBEAT    "GET"    "/heartbeat" 0 0 "Connect's, for anybody";
    HEALTH       "GET"    "/health" 0 0 "Connect's, for anybody";
    METRICS      "GET"    "/metrics" 0 0 "Connect's, for anybody";
}

/// The route of a request, by its method and path.
pub(super) fn find(method: &str, path: &str) -> Option<&'static Route> {
    let parts = || path.trim_end_matches('/').split('/');
    let fits = |route: &Route| {
        let own = route.path.split('/');
        own.clone().count() == parts().count()
            && own.zip(parts()).all(|(own, part)| own == part || own.starts_with('{') && !part.is_empty())
    };
    ALL.iter().copied().find(|route| route.method == method && fits(route))
}

/// What an upload into an existing item costs beyond [`UPLOAD`]: `op item edit ID --vault ID`.
pub(super) const EDIT: Cost = Cost { reads: 4, writes: 0 };

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_has_every_route_once() {
        let routes: HashSet<_> = ALL.iter().map(|route| (route.method, route.path)).collect();
        assert_eq!(routes.len(), ALL.len());
    }

    #[test]
    fn every_route_is_found_by_a_path_of_its_own() {
        for route in ALL {
            let path = route.path.replace(['{', '}'], "x");
            for path in [path.clone(), path + "/"] {
                assert_eq!(find(route.method, &path).map(|found| found.path), Some(route.path));
            }
        }
        assert!(find("GET", "/v1/vault").is_none() && find("HEAD", "/v1/vaults").is_none());
    }

    #[test]
    fn what_a_service_account_can_change_costs_a_write() {
        for route in ALL.iter().filter(|route| route.path.contains("v1/vaults") && route.method != "GET") {
            assert_eq!(route.cost.writes, 1, "{} {}", route.method, route.path);
        }
    }
}
