//! The connections of the adapter's processes, each of which is `keyproof pipe`.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use super::hub::{Event, Hub};
use crate::cli::pipe::Part;

/// How long whoever connects may take to show the token.
const INTRODUCTION: Duration = Duration::from_secs(10);

/// Takes in connections for ever.
pub(super) async fn accept(listener: TcpListener, token: String, hub: Arc<Hub>) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let (token, hub) = (token.clone(), Arc::clone(&hub));
            tokio::spawn(async move { serve(stream, &token, &hub).await });
        }
    }
}

async fn serve(stream: TcpStream, token: &str, hub: &Arc<Hub>) {
    let _ = stream.set_nodelay(true);
    let (input, output) = stream.into_split();
    let mut input = BufReader::new(input);
    let mut shown = vec![0; token.len()];
    let introduced = timeout(INTRODUCTION, input.read_exact(&mut shown)).await;
    if !matches!(introduced, Ok(Ok(_))) || shown != token.as_bytes() {
        return;
    }
    let (number, events) = hub.open();
    let reader = tokio::spawn(read(input, Arc::clone(hub), number));
    // A process that has been killed needs nothing more.
    let _ = write(output, events).await;
    reader.abort();
    hub.close(number);
}

/// Hands on each line without its line feed.
async fn read(mut input: BufReader<OwnedReadHalf>, hub: Arc<Hub>, number: u64) {
    let mut line = Vec::new();
    while let Ok(1..) = input.read_until(b'\n', &mut line).await {
        line.pop_if(|last| *last == b'\n');
        hub.request(number, std::mem::take(&mut line));
    }
    hub.end_input(number);
}

async fn write(
    mut output: OwnedWriteHalf,
    mut events: UnboundedReceiver<Event>,
) -> std::io::Result<()> {
    while let Some(event) = events.recv().await {
        let (part, content, is_last) = match event {
            Event::Reply(line) => (Part::Reply, line, false),
            Event::Note(text) => (Part::Note, text.into(), false),
            Event::Lost(text) => (Part::Lost, text.into(), true),
            Event::End => (Part::End, Vec::new(), true),
        };
        output.write_all(&part.head(content.len())).await?;
        output.write_all(&content).await?;
        if is_last {
            break;
        }
    }
    output.shutdown().await
}
