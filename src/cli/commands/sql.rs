use crate::cli::{Console, args};
use crate::facts::traces::clickhouse::Query;
use anyhow::bail;

pub(in crate::cli) fn sql(args: args::Sql, console: &mut Console<'_>) -> anyhow::Result<()> {
    let args::SqlOf::Clickhouse(args) = args.of;
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since >= until
    {
        bail!("--since has to be before --until");
    }
    let query = Query { table: args.table, schema: args.schema.into(), since: args.since, until: args.until };
    Ok(console.print(&query.sql())?)
}
