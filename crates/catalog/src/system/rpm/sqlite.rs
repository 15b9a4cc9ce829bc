//! SQLite: table `Packages` with the header in column `blob`.

use std::io::Cursor;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, MAIN_DB};

use super::{Headers, MAX_PACKAGES};

/// Steps of SQLite's machine between two counts of them.
const STEPS: i32 = 10_000;

/// Counts after which reading stops; a hundred thousand packages take some sixty.
const MAX_COUNTS: u32 = 200;

/// Reads the database from memory. One that was left in write-ahead mode is marked as plain first (bytes
/// 18 and 19 of the file format): a database in memory has no journal beside it.
pub(super) fn read(content: &[u8], headers: &mut Headers<'_>) -> Result<(), String> {
    let mut bytes = content.to_vec();
    for mode in bytes.iter_mut().skip(18).take(2) {
        *mode = 1;
    }
    let fault = |fault: rusqlite::Error| fault.to_string();
    let mut connection = Connection::open_in_memory().map_err(fault)?;
    let size = bytes.len();
    connection.deserialize_read_exact(MAIN_DB, Cursor::new(bytes), size, true).map_err(fault)?;
    // Pages of a made-up tree may share their children, so that even its schema has rows without end.
    let mut counts = 0;
    let stop = move || {
        counts += 1;
        counts > MAX_COUNTS
    };
    connection.progress_handler(STEPS, Some(stop)).map_err(fault)?;
    // A schema that runs code is not rpm's.
    connection
        .execute_batch("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON;")
        .map_err(fault)?;
    // A view, a virtual table or a computed column may yield rows without end.
    let plain = "SELECT (SELECT count(*) FROM pragma_table_list WHERE name = 'Packages' AND type <> 'table') \
        + (SELECT count(*) FROM pragma_table_xinfo('Packages') WHERE hidden <> 0)";
    if connection.query_row(plain, [], |row| row.get::<_, i64>(0)).map_err(fault)? != 0 {
        return Err("Packages is no plain table".to_owned());
    }
    // Rows come as they lie: an order would have SQLite go through all of them before the first.
    let rows = format!("SELECT blob FROM Packages LIMIT {MAX_PACKAGES}");
    let mut statement = connection.prepare(&rows).map_err(fault)?;
    let mut rows = statement.query([]).map_err(fault)?;
    while let Some(row) = rows.next().map_err(fault)? {
        match row.get_ref(0).map_err(fault)? {
            ValueRef::Blob(blob) => headers.add(blob)?,
            ValueRef::Text(text) => {
                headers.spend(text.len())?;
                headers.skip("package is no blob")?;
            }
            _ => headers.skip("package is no blob")?,
        }
    }
    Ok(())
}
