// A ledger, targets on loopback that do as the test says, and a runner that pushes to them.
#pragma once

#include "gateway/delivery/push_runner.hpp"
#include "tests/unit/connectors/push/push_fixture.hpp"
#include "tests/unit/gateway/ledger/running_ledger.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>

namespace tongban::delivery::testing {

using ledger::story::case_name;
using ledger::story::eventually;

// What a target was sent.
struct received_push {
    std::string id; // Idempotency-Key
    std::string attempt;
    std::string head;
    std::string body;
    std::chrono::steady_clock::time_point at;
};

// "HTTP/1.1 <status>\r\n…" with length.
std::string answer_text(const std::string& status, const std::string& body, const std::string& fields = {});
std::string field_of(const std::string& head, const std::string& name);

// A platform. `reply` is called for each push, on a thread of the connection; what it gives is sent, nothing when it
// gives nothing; then the connection is closed when it was "".
class platform {
public:
    using reply = std::function<std::string(::tongban::testing::peer& peer, const received_push& push, int nth)>;
    explicit platform(reply run);
    platform(const ::tongban::testing::files& certificate, reply run);

    std::vector<received_push> pushes() const;
    std::size_t count() const { return pushes().size(); }
    std::set<std::string> ids() const;
    std::uint16_t port() const { return server_->port(); }
    const ::tongban::testing::tls_server& server() const { return *server_; }

private:
    mutable std::mutex mutex_;
    std::vector<received_push> pushes_;
    std::unique_ptr<::tongban::testing::tls_server> server_;
};

platform::reply always(const std::string& answer);

// How a region's partner is configured.
struct receiver {
    std::string region = "140400";
    std::uint16_t port = 0;
    std::string dialect = "canonical";
    int connections_max = 4;
    std::string transport = "push";
    int read_seconds = 60;
};

class PushWorld : public ::testing::Test {
protected:
    PushWorld();
    ~PushWorld() override;

    // Partners as they shall be; with a runner, it is told.
    void configure(const std::vector<receiver>& receivers);
    // A runner that owns everything.
    std::unique_ptr<push_runner> run(bool owning = true);
    std::vector<std::uint32_t> all_partitions() const;

    void tell(v1::LedgerRecord record);
    // Submissions by 370800 to `dest`: due there.
    std::vector<case_name> submit(int count, const std::string& dest = "140400", const std::string& prefix = "A-");
    std::optional<v1::EventDelivery> standing(const case_name& of, const std::string& region, std::uint32_t ordinal = 0);
    // Waits for the delivery to be so.
    ::testing::AssertionResult becomes(const case_name& of, const std::string& region, v1::DeliveryStatus status,
                                       std::uint32_t ordinal = 0);
    ledger::rows::delivery_totals_row totals(const std::string& region);
    // Of the newest runner.
    bool metric(const std::string& line) {
        return registries.back().render().find(line + "\n") != std::string::npos;
    }
    std::uint64_t records() const;
    // "failed not_taken -2 200", … of a delivery's history.
    std::vector<std::string> history(const case_name& of, const std::string& region, std::uint32_t ordinal = 0);

    log::memory_log log;
    store::memory_view_store rows;
    ledger::story::running_ledger ledger;
    security::live<security::partner_directory> partners;
    security::live<dialects::dialect_set> dialects;
    delivery_settings settings;
    push_settings pushing;
    std::list<monitoring::registry> registries; // one for each runner
    std::unique_ptr<push_runner> runner;
};

} // namespace tongban::delivery::testing
