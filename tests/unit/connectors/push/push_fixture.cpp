#include "push_fixture.hpp"

#include "security/pki.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <cstdlib>

namespace tongban::testing {

namespace fs = std::filesystem;
using security::certificate_order;
using security::certificate_profile;
using security::development_ca;

namespace {

certificate_order order(const std::string& name, certificate_profile profile) {
    certificate_order o;
    o.profile = profile;
    o.name = name;
    o.dns = {"localhost"};
    o.ips = {"127.0.0.1"};
    o.uris = {"tongban://410100/platform"};
    return o;
}

files issue(development_ca& ca, const certificate_order& wanted) {
    const auto row = ca.issue(wanted);
    return {row.certificate_file, row.key_file, row.facts.sha256_fingerprint};
}

} // namespace

const test_certificates& test_certificates::get() {
    static const test_certificates instance;
    return instance;
}

test_certificates::test_certificates() {
    std::string pattern = (fs::temp_directory_path() / "push-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    auto own = development_ca::create(folder / "ca", "Test CA", 900);
    auto other = development_ca::create(folder / "other", "Other CA", 900);
    ca = folder / "ca" / "ca.pem";
    foreign_ca = folder / "other" / "ca.pem";
    revoked_list = folder / "ca" / "crl.pem";
    platform = issue(own, order("platform", certificate_profile::server));
    second = issue(own, order("second", certificate_profile::server));
    auto elsewhere = order("elsewhere", certificate_profile::server);
    elsewhere.dns = {"elsewhere.example.cn"};
    elsewhere.ips = {};
    other_name = issue(own, elsewhere);
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto old = order("old", certificate_profile::server);
    old.not_before = now - std::chrono::hours(48);
    old.not_after = now - std::chrono::hours(24);
    expired = issue(own, old);
    auto early = order("early", certificate_profile::server);
    early.not_before = now + std::chrono::hours(24);
    early.not_after = now + std::chrono::hours(48);
    future = issue(own, early);
    revoked = issue(own, order("revoked", certificate_profile::server));
    own.revoke("revoked", "keyCompromise");
    foreign = issue(other, order("foreign", certificate_profile::server));
    auto client = order("gateway", certificate_profile::platform);
    client.uris = {"tongban://000000/gateway"};
    gateway = issue(own, client);
    client.name = "gateway-new";
    gateway_new = issue(own, client);
    for_clients = issue(own, order("for-clients", certificate_profile::platform));
}

test_certificates::~test_certificates() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
}

push::push_target Push::target(std::uint16_t port) const {
    push::push_target t;
    t.url = "https://127.0.0.1:" + std::to_string(port) + "/receive?v=2";
    t.tls = {made.gateway.certificate, made.gateway.key, made.ca, {}};
    t.pins = {{security::identity_rule::san_uri, "tongban://410100/platform"}};
    t.connect_deadline = t.tls_deadline = t.read_deadline = std::chrono::minutes(1);
    t.total_deadline = std::chrono::minutes(2);
    return t;
}

std::unique_ptr<tls_server> Push::serve(const files& own, tls_server::script run) const {
    return std::make_unique<tls_server>(tls_server::settings{own.certificate, own.key}, std::move(run));
}

void Push::open(const push::push_target& settings) {
    auto opened = push::push_client::open(io.get_executor(), settings);
    if (!opened) {
        for (const std::string& mistake : opened.error()) {
            ADD_FAILURE() << mistake;
        }
        std::abort();
    }
    client = std::move(*opened);
}

std::shared_ptr<Push::call> Push::begin(push::push_request request) {
    auto one = std::make_shared<call>();
    boost::asio::co_spawn(io, client->post(std::move(request)),
                          boost::asio::bind_cancellation_slot(
                              one->cancel.slot(), [one](const std::exception_ptr& e, outcome result) {
                                  EXPECT_FALSE(e);
                                  one->done = std::move(result);
                              }));
    return one;
}

Push::outcome Push::end(const std::shared_ptr<call>& one) {
    run_until([&] { return one->done.has_value(); });
    return *one->done;
}

void Push::run_until(const std::function<bool()>& holds) {
    io.restart();
    while (!holds() && io.run_one() > 0) {
    }
    ASSERT_TRUE(holds());
}

::testing::AssertionResult failed_with(const push::push_client::outcome& result, push::errc code,
                                       bool reached) {
    if (result) {
        return ::testing::AssertionFailure() << "answered " << result->status << ' ' << result->body;
    }
    if (result.error().code != code || result.error().reached != reached) {
        return ::testing::AssertionFailure() << push::name_of(result.error().code) << ", reached "
                                             << result.error().reached << ": " << result.error().text;
    }
    return ::testing::AssertionSuccess() << result.error().text;
}

} // namespace tongban::testing
