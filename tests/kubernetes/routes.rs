//! Entries: Ingress and its successors.

use super::*;

fn entries(text: &str) -> Vec<String> {
    dependencies(&facts(text)).into_iter().map(|d| d.rsplit_once(" :").unwrap().0.to_owned()).collect()
}

/// Each kind of route, in the dialect of its maker, is an entry in front of its backends.
#[test]
fn every_dialect() {
    for (text, expected) in [
        (
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: shop}\nspec: {rules: [{host: \
             shop.example, http: {paths: [{path: /, backend: {service: {name: front}}}]}}]}",
            vec!["entry:shop/web > name shop/front sync hard backend.service.name"],
        ),
        (
            "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: web}\nspec: {backend: {serviceName: front}}",
            vec!["entry:default/web > name default/front sync hard backend.service.name"],
        ),
        (
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {defaultBackend: {service: {name: \
             none}}, rules: [{host: a.example, http: {paths: [{path: /x, backend: {service: {name: x}}}, {path: /y, \
             backend: {service: {name: y}}}]}}, {host: b.example, http: {paths: [{backend: {service: {name: x}}}]}}]}",
            vec![
                "entry:default/web:*/ > name default/none sync hard backend.service.name",
                "entry:default/web:a.example/x > name default/x sync hard backend.service.name",
                "entry:default/web:a.example/y > name default/y sync hard backend.service.name",
            ],
        ),
        (
            "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: web}\nspec: {host: h.example, to: {kind: Service, \
             name: blue, weight: 90}, alternateBackends: [{kind: Service, name: green, weight: 10}]}",
            vec![
                "entry:default/web > name default/blue sync hard 0.9 to.name",
                "entry:default/web > name default/green sync hard 0.1 to.name",
            ],
        ),
        (
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web, namespace: shop}\nspec: \
             {parentRefs: [{name: gw}], rules: [{backendRefs: [{name: v1, weight: 3}, {name: v2, namespace: next, weight: \
             1}, {name: v0, weight: 0}], filters: [{type: RequestMirror, requestMirror: {backendRef: {name: shadow}}}]}]}",
            vec![
                "entry:shop/web > name next/v2 sync hard 0.25 backendRefs.name",
                "entry:shop/web > name shop/shadow sync soft backendRefs.name",
                "entry:shop/web > name shop/v1 sync hard 0.75 backendRefs.name",
            ],
        ),
        (
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: split}\nspec: {parentRefs: [{kind: \
             Service, name: reviews}], rules: [{backendRefs: [{name: v1}]}]}",
            vec![],
        ),
        (
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web, namespace: shop}\nspec: {hosts: \
             ['*'], gateways: [gw], http: [{match: [{uri: {prefix: /a}}], route: [{destination: {host: cart, subset: a}, \
             weight: 50}, {destination: {host: cart.shop.svc.cluster.local}, weight: 50}]}, {route: [{destination: {host: \
             web.next.svc.cluster.local}}], mirror: {host: shadow}}]}",
            vec![
                "entry:shop/web:*/ > name next/web sync hard route.destination.host",
                "entry:shop/web:*/ > name shop/shadow sync soft mirror.host",
                "entry:shop/web:*/a > name shop/cart sync hard route.destination.host",
            ],
        ),
        (
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: retries}\nspec: {hosts: [cart], http: \
             [{route: [{destination: {host: cart}}]}]}",
            vec![],
        ),
        (
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: out}\nspec: {hosts: [api.example.com], \
             gateways: [mesh, egress], http: [{match: [{gateways: [mesh]}], route: [{destination: {host: \
             egress.istio-system.svc.cluster.local}}]}, {match: [{gateways: [egress]}], route: [{destination: {host: \
             api.example.com}}]}]}",
            vec![],
        ),
        (
            "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {name: root}\nspec: {virtualhost: {fqdn: \
             h.example}, includes: [{name: blog, namespace: team, conditions: [{prefix: /blog}]}, {name: blog, namespace: \
             team}], routes: [{services: [{name: web}]}]}\n---\napiVersion: projectcontour.io/v1\nkind: \
             HTTPProxy\nmetadata: {name: blog, namespace: team}\nspec: {includes: [{name: blog}], routes: [{services: \
             [{name: posts}]}]}",
            vec![
                "entry:default/root:h.example/ > name default/web sync hard services.name",
                "entry:default/root:h.example/blog > name team/posts sync hard services.name",
            ],
        ),
        (
            "apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: web}\nspec: {routes: [{match: \
             'Host(`h.example`) && PathPrefix(`/api`)', services: [{name: api, port: 80}]}, {match: 'Host(`h.example`)', \
             services: [{name: web}]}]}",
            vec![
                "entry:default/web:h.example/ > name default/web sync hard services.name",
                "entry:default/web:h.example/api > name default/api sync hard services.name",
            ],
        ),
        (
            "apiVersion: getambassador.io/v3alpha1\nkind: Mapping\nmetadata: {name: web}\nspec: {prefix: /api/, service: \
             'http://api.team:80'}",
            vec!["entry:default/web > name team/api sync hard service"],
        ),
    ] {
        assert_eq!(entries(text), expected, "{text}");
    }
}

/// A host with one entry behind it is a name in the cluster; one whose path decides is not.
#[test]
fn public_hosts_are_names() {
    let ingress = |name: &str, host: &str, paths: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}}}\nspec: {{rules: [{{host: {host}, \
             http: {{paths: [{paths}]}}}}]}}\n---\n"
        )
    };
    let backend = |path: &str, name: &str| format!("{{path: {path}, backend: {{service: {{name: {name}}}}}}}");
    let facts = facts(
        &(ingress("one", "One.example", &backend("/", "a"))
            + &ingress("two", "two.example", &format!("{}, {}", backend("/a", "a"), backend("/b", "b")))),
    );
    let two = "*/two.example = entry:default/two:two.example/a, entry:default/two:two.example/b";
    assert_eq!(names(&facts), ["*/one.example = entry:default/one", two]);
    let aliases: Vec<usize> = facts.components.iter().map(|c| c.aliases.len()).collect();
    assert_eq!(aliases, [1, 0, 0]);
}

/// What a program is told of its own public address is no call of itself; another's is a call of the entry that takes
/// what no longer path leads elsewhere.
#[test]
fn own_public_hosts_are_no_dependencies() {
    let workload = |name: &str| {
        let container = format!(
            "image: x/{name}, env: [{{name: EXT_ENDPOINT, value: 'https://shop.example'}}, {{name: SSO_URL, value: \
             'https://sso.example/realms/a'}}]"
        );
        let service =
            "apiVersion: v1\nkind: Service\nmetadata: {name: NAME, namespace: shop}\nspec: {selector: {app: NAME}}";
        deployment("shop", name, &container) + &service.replace("NAME", name) + "\n---\n"
    };
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: all, namespace: shop}\nspec: {rules: \
                   [{host: shop.example, http: {paths: [{path: /, backend: {service: {name: web}}}, {path: /api, backend: \
                   {service: {name: api}}}]}}, {host: sso.example, http: {paths: [{path: /, backend: {service: {name: \
                   sso}}}, {path: /shop, backend: {service: {name: web}}}]}}]}";
    let facts = facts(&(workload("web") + &workload("api") + &workload("sso") + ingress));
    let calls: Vec<String> = dependencies(&facts).into_iter().filter(|d| d.contains(".example:")).collect();
    assert_eq!(
        calls,
        ["shop/api > sso.example:443 sync env.SSO_URL :20", "shop/sso > shop.example:443 sync env.EXT_ENDPOINT :33",]
    );
    assert!(names(&facts).contains(&"*/sso.example = entry:shop/all:sso.example/".to_owned()), "{:?}", names(&facts));
}

/// An Ingress that asks somebody about every request depends on them.
#[test]
fn authentication_is_a_dependency() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, annotations: \
                {nginx.ingress.kubernetes.io/auth-url: 'http://auth.id.svc.cluster.local/check'}}\nspec: {defaultBackend: \
                {service: {name: web}}}";
    assert_eq!(
        entries(text),
        [
            "entry:default/web > auth.id.svc.cluster.local:80 sync metadata.annotations.auth-url",
            "entry:default/web > name default/web sync hard backend.service.name"
        ]
    );
}
