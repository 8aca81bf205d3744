//! The hand-written systems of `fixtures/serverless`.

use super::{calls, edges};
use linchpin::graph::Graph;
use linchpin::run::{Inputs, Source, load};

fn read(folder: &str) -> Graph {
    let path = format!("fixtures/serverless/{folder}");
    let loaded = load(&Inputs { manifests: vec![Source::Path(path.into())], ..Inputs::default() }).unwrap();
    assert!(loaded.inventory.problems.is_empty(), "{:?}", loaded.inventory.problems);
    loaded.graph
}

/// A service of the Serverless Framework: variables, events, constructs and resources.
#[test]
fn a_serverless_service() {
    let graph = read("orders");
    assert_eq!(
        calls(&graph),
        [
            "entry:orders/HttpApi:GET/orders/{id} -> function:orders/getOrder sync",
            "entry:orders/HttpApi:POST/orders -> function:orders/placeOrder sync",
            "function:orders/getOrder -> datastore:orders/OrdersTable read",
            "function:orders/index -> datastore:orders/OrdersTable async-consume",
            "function:orders/index -> datastore:orders/OrdersTable read",
            "function:orders/index -> queue:orders/Lost async-publish soft",
            "function:orders/invoicesWorker -> datastore:orders/OrdersTable read",
            "function:orders/invoicesWorker -> queue:orders/invoices async-consume",
            "function:orders/notify -> datastore:orders/OrdersTable read",
            "function:orders/notify -> queue:orders/Lost async-publish soft",
            "function:orders/notify -> topic:events/shop-bus async-consume",
            "function:orders/notify -> topic:orders/order-placed async-consume",
            "function:orders/placeOrder -> datastore:orders/OrdersTable read",
            "function:orders/placeOrder -> external:payments.example.com sync",
            "function:orders/placeOrder -> queue:orders/invoices async-publish",
            "function:orders/report -> datastore:orders/OrdersTable read",
            "function:orders/report -> object-store:orders/orders-uploads async-consume",
            "queue:orders/invoices -> queue:orders/invoicesDlq async-publish soft",
        ]
    );
    assert!(edges(&graph).contains(&"function:orders/index -> region:eu-west-1 placed-on".to_owned()));
    let settings = |name: &str| &graph.components.iter().find(|c| &*c.name == name).unwrap().settings;
    assert_eq!(settings("placeOrder").capacity_concurrency, Some(20.0));
    assert_eq!((settings("placeOrder").timeout_ms, settings("invoicesWorker").timeout_ms), (Some(10e3), Some(20e3)));
    let invoices = settings("invoices");
    assert_eq!((invoices.deliveries, invoices.visibility_ms), (Some(5.0), Some(120e3)));
}

/// A SAM application whose state machine stands in a file of its own.
#[test]
fn a_sam_application() {
    let graph = read("bookings");
    assert_eq!(
        calls(&graph),
        [
            "entry:bookings/ServerlessRestApi -> function:bookings/Start sync",
            "function:bookings/Book -> function:bookings/Charge sync soft",
            "function:bookings/Book -> function:bookings/Reserve sync",
            "function:bookings/Book -> queue:bookings/Failed async-publish",
            "function:bookings/Charge -> external:api.cards.example.com sync",
            "function:bookings/Reserve -> datastore:bookings/Bookings write",
            "function:bookings/Start -> datastore:dynamodb/OrdersTableName sync",
            "function:bookings/Start -> function:bookings/Book async-publish",
        ]
    );
    let book = graph.components.iter().find(|c| &*c.name == "Book").unwrap();
    assert_eq!((book.settings.timeout_ms, &*book.aliases), (Some(120e3), &["book".into(), "bookings/Book".into()][..]));
}

/// A plan of Terraform: known values, references through modules, numbers.
#[test]
fn a_terraform_plan() {
    let graph = read("media");
    assert_eq!(
        calls(&graph),
        [
            "entry:media/aws_lb.web -> service:media/module.site.aws_ecs_service.web sync",
            "function:media/aws_lambda_function.resize -> datastore:media/aws_dynamodb_table.catalog sync",
            "function:media/aws_lambda_function.resize -> queue:media/aws_sqs_queue.uploads async-consume",
            "queue:media/aws_sqs_queue.uploads -> queue:media/aws_sqs_queue.lost async-publish soft",
            "service:media/module.site.aws_ecs_service.web -> datastore:media/aws_db_instance.main sync?",
        ]
    );
    let component = |name: &str| graph.components.iter().find(|c| &*c.name == name).unwrap();
    assert_eq!(component("aws_db_instance.main").replicas.unwrap().count, 2);
    assert_eq!(component("module.site.aws_ecs_service.web").replicas.unwrap().count, 2);
    // The quota is set beside the plan, so nothing is assumed of it.
    assert_eq!(component("lambda-concurrency").settings.capacity_concurrency, Some(3000.0));
    assert!(!graph.assumptions.iter().any(|a| &*a.id == "lambda-concurrency"));
    // Only a deployment knows how often the queue delivers; that is not the default.
    let uploads = component("aws_sqs_queue.uploads");
    assert_eq!((uploads.settings.deliveries, uploads.settings.dead_letter), (None, Some(true)));
}
