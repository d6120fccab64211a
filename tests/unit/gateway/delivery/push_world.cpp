#include "push_world.hpp"

#include <cstdlib>

namespace tongban::delivery::testing {

using ::tongban::testing::test_certificates;

std::string answer_text(const std::string& status, const std::string& body, const std::string& fields) {
    return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string field_of(const std::string& head, const std::string& name) {
    const auto at = head.find("\r\n" + name + ": ");
    const auto begin = at + name.size() + 4;
    return at == std::string::npos ? "" : head.substr(begin, head.find("\r\n", begin) - begin);
}

platform::platform(reply run) : platform(test_certificates::get().platform, std::move(run)) {}

platform::platform(const ::tongban::testing::files& certificate, reply run) {
    const ::tongban::testing::tls_server::settings own{certificate.certificate, certificate.key,
                                                       test_certificates::get().ca};
    server_ = std::make_unique<::tongban::testing::tls_server>(own, [this, run = std::move(run)](auto& peer) {
        while (const auto request = peer.read()) {
            received_push push{field_of(request->head, "Idempotency-Key"), field_of(request->head, "X-Tongban-Attempt"),
                               request->head, request->body, std::chrono::steady_clock::now()};
            int nth = 0;
            {
                const std::lock_guard lock(mutex_);
                nth = static_cast<int>(pushes_.size());
                pushes_.push_back(push);
            }
            const auto answer = run(peer, push, nth);
            if (answer.empty() || !peer.send(answer)) {
                return;
            }
        }
    });
}

std::vector<received_push> platform::pushes() const {
    const std::lock_guard lock(mutex_);
    return pushes_;
}

std::set<std::string> platform::ids() const {
    std::set<std::string> ids;
    for (const auto& each : pushes()) {
        ids.insert(each.id);
    }
    return ids;
}

platform::reply always(const std::string& answer) {
    return [answer](auto&, const auto&, int) { return answer; };
}

namespace {

std::shared_ptr<const dialects::dialect_set> five_cities() {
    static const auto loaded = dialects::dialect_set::load(TONGBAN_SOURCE_DIR "/examples/five-cities/dialects").loaded;
    return loaded;
}

} // namespace

PushWorld::PushWorld()
    : ledger(log, rows, {}, 2), partners(security::partner_directory::parse({}).directory),
      dialects(five_cities()) {
    const auto& made = test_certificates::get();
    settings.retry_first = std::chrono::milliseconds(2);
    settings.retry_most = std::chrono::milliseconds(5000);
    pushing.tls = {made.gateway.certificate, made.gateway.key, made.ca, {}};
    pushing.breaker = {.failures_max = 1000,
                       .open_first = std::chrono::milliseconds(10),
                       .open_most = std::chrono::milliseconds(50)};
}

PushWorld::~PushWorld() {
    runner.reset();
}

void PushWorld::configure(const std::vector<receiver>& receivers) {
    std::string yaml = "partners:\n";
    for (const auto& each : receivers) {
        yaml += "  - id: p" + each.region + "\n    name: {zh: 平台, en: Platform}\n    role: platform\n    regions: [\"" +
                each.region + "\"]\n    identities: [{san_uri: \"tongban://" + each.region + "/platform\"}]\n" +
                "    dialects: [" + (each.dialect == "canonical" ? "jining" : each.dialect) + "]\n    delivery:\n" +
                "      transport: " + each.transport + "\n      dialect: " + each.dialect + "\n";
        if (each.transport == "push") {
            yaml += "      push: {url: \"https://127.0.0.1:" + std::to_string(each.port) +
                    "/receive\", connections_max: " + std::to_string(each.connections_max) +
                    ", read_seconds: " + std::to_string(each.read_seconds) +
                    ", total_seconds: 120, pins: [{san_uri: \"tongban://410100/platform\"}]}\n";
        }
    }
    auto loaded = receivers.empty() ? security::partner_directory::parse({})
                                    : security::partner_directory::parse({{"a.yaml", yaml}});
    for (const auto& mistake : loaded.mistakes) {
        ADD_FAILURE() << mistake.text();
    }
    ASSERT_TRUE(loaded.directory);
    partners.set(loaded.directory);
    if (runner) {
        runner->reload();
    }
}

std::unique_ptr<push_runner> PushWorld::run(bool owning) {
    auto made = std::make_unique<push_runner>(delivery_parts{*ledger, partners, dialects, settings}, pushing,
                                              ledger.thread(0).context.get_executor(), registries.emplace_back());
    if (owning) {
        made->own(all_partitions(), {});
    }
    return made;
}

std::vector<std::uint32_t> PushWorld::all_partitions() const {
    std::vector<std::uint32_t> all(log.partition_count());
    for (std::uint32_t i = 0; i < all.size(); ++i) {
        all[i] = i;
    }
    return all;
}

void PushWorld::tell(v1::LedgerRecord record) {
    const auto told = ledger.append(std::move(record), ledger::story::long_enough, 1).get();
    ASSERT_TRUE(told) << told.error().message();
    ASSERT_EQ(told->verdict, cases::verdict::applied);
}

std::vector<case_name> PushWorld::submit(int count, const std::string& dest, const std::string& prefix) {
    std::vector<case_name> all;
    for (int i = 0; i < count; ++i) {
        case_name of;
        of.dest = dest;
        of.source_no = prefix + std::to_string(i);
        tell(ledger::story::submitted(of));
        all.push_back(of);
    }
    return all;
}

std::optional<v1::EventDelivery> PushWorld::standing(const case_name& of, const std::string& region,
                                                     std::uint32_t ordinal) {
    const auto row = ledger->read().find(of.id());
    if (!row || !*row) {
        return std::nullopt;
    }
    const auto all = ledger->deliveries().of_case(**row);
    for (const auto& each : *all) {
        if (each.id().region() == region && (ordinal == 0 || each.id().ordinal() == ordinal)) {
            return each;
        }
    }
    return std::nullopt;
}

::testing::AssertionResult PushWorld::becomes(const case_name& of, const std::string& region,
                                              v1::DeliveryStatus status, std::uint32_t ordinal) {
    std::optional<v1::EventDelivery> last;
    const bool is_so = eventually([&] {
        last = standing(of, region, ordinal);
        return last && last->status() == status;
    });
    return is_so ? ::testing::AssertionSuccess()
                 : ::testing::AssertionFailure() << (last ? last->DebugString() : "no such delivery");
}

ledger::rows::delivery_totals_row PushWorld::totals(const std::string& region) {
    for (const auto& each : *ledger->deliveries().totals()) {
        if (each.region == region) {
            return each.totals;
        }
    }
    return {};
}

std::uint64_t PushWorld::records() const {
    std::uint64_t all = 0;
    for (const auto end : *const_cast<log::memory_log&>(log).end(std::chrono::seconds(10))) {
        all += end;
    }
    return all;
}

std::vector<std::string> PushWorld::history(const case_name& of, const std::string& region, std::uint32_t ordinal) {
    std::vector<std::string> lines;
    const auto found = standing(of, region, ordinal);
    if (!found) {
        return lines;
    }
    for (const auto& each : found->history()) {
        auto& line = lines.emplace_back(each.kind());
        for (const auto& part :
             {each.code(), each.target_code(), each.http_status() == 0 ? "" : std::to_string(each.http_status())}) {
            line += part.empty() ? "" : ' ' + part;
        }
        EXPECT_EQ(each.transport(), v1::DELIVERY_TRANSPORT_PUSH);
        EXPECT_EQ(each.party(), "p" + region);
    }
    return lines;
}

} // namespace tongban::delivery::testing
