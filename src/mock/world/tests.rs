use std::sync::mpsc::channel;
use std::thread;

use super::*;
use crate::mock::keep::{restored, saved};

/// Longer than anything takes that waits for nobody.
const LONG: Duration = Duration::from_secs(20);

#[test]
fn nobody_waits_for_another_organization() {
    let (config, clock) = (Config::default(), Clock::system());
    let world = World::new(config, clock, &Fixture::default(), None);
    let world = Arc::new(world.expect("there is chance"));
    let cells = world.cells();
    let (first, last) = (Arc::clone(&cells[0]), &cells[cells.len() - 1]);
    let bearers: Vec<_> = last.state.read().tokens.keys().cloned().collect();
    let document = saved::document(&[first.save()]);
    let mut saved = restored::read(document).expect("it was saved here");
    let saved = saved.remove(0);

    let changing = first.state.write();
    let (begun, begins) = channel();
    let putting_back = thread::spawn({
        let world = Arc::clone(&world);
        move || {
            begun.send(()).expect("it is awaited");
            world.restore(saved);
        }
    });
    begins.recv().expect("it begins");
    let (sender, receiver) = channel();
    let asking = thread::spawn({
        let world = Arc::clone(&world);
        move || {
            for bearer in bearers {
                let found = world.of_bearer(&bearer).is_some();
                let made =
                    world.isolate(world.fixture().first(), Arc::clone(&world.config), None, IDLE);
                sender.send(found && made.is_ok()).expect("it is awaited");
            }
        }
    });
    // Neither waits for the organization that is being changed, which is the first of all.
    assert_eq!(receiver.recv_timeout(LONG), Ok(true));
    drop(changing);
    putting_back.join().expect("it ends");
    asking.join().expect("it ends");
}
