use crate::raw::Raw;
use sluice_test_support::Nats;
#[tokio::test]
async fn scratch() {
    let nats = Nats::start().await;
    let mut g = Raw::connect(&nats.connection("gateway"));
    println!("{:?}", g.say("PUB sluice.v1.git.p.h.o.r.n.a 5\r\nhello"));
    let mut r = Raw::connect(&nats.connection("reader"));
    println!("{:?}", r.say("PUB $JS.API.DIRECT.GET.SLUICE_GIT $KV.sluice-projects.x 9\r\n{\"seq\":1}"));
    println!("{:?}", r.say("PUB $JS.API.STREAM.MSG.GET.SLUICE_GIT $KV.sluice-projects.y 9\r\n{\"seq\":1}"));
    println!("{:?}", g.say("PUB sluice.v1.git.p.h.o.r.n.a $KV.sluice-projects.z 5\r\nhello"));
    println!("{:?}", g.say("PUB sluice.v1.git.p.h.o.r.n.a sluice.v1.deadletter.a.a.a.a.a.a 5\r\nhello"));
    println!("{:?}", r.say("PUB $JS.API.DIRECT.GET.SLUICE_GIT $JS.API.STREAM.DELETE.SLUICE_ATTEMPTS 9\r\n{\"seq\":1}"));
    println!("{:?}", r.say("PUB $JS.API.DIRECT.GET.SLUICE_GIT $JS.API.STREAM.PURGE.SLUICE_DELIVERIES 9\r\n{\"seq\":1}"));
    let o = nats.bus("bootstrap").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    for s in ["SLUICE_GIT","SLUICE_DEADLETTERS","SLUICE_ATTEMPTS","KV_sluice-projects"] {
    for seq in 1..5 { if let Ok(Some(m)) = o.message_at(s, seq).await { println!("{s} {seq} {} {:?} {:?}", m.subject, m.payload, m.header("Nats-Subject")); } }
    }
    println!("{:?}", sluice_bus::topology::differences(&o, &sluice_bus::topology::Topology::current()).await);
}
