#include "topic_world.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

namespace tongban::delivery::testing {

using namespace std::chrono_literals;

namespace {

class reader_that_may_be_blind final : public log::log_reader {
public:
    reader_that_may_be_blind(std::unique_ptr<log::log_reader> reader, const std::atomic<bool>& is_blind)
        : reader_(std::move(reader)), is_blind_(is_blind) {}
    boost::system::result<std::span<const log::record>> next(std::chrono::milliseconds wait,
                                                             std::size_t max_records) override {
        if (!is_blind_) {
            return reader_->next(std::min<std::chrono::milliseconds>(wait, 20ms), max_records);
        }
        std::unique_lock lock(mutex_);
        woken_.wait_for(lock, std::min<std::chrono::milliseconds>(wait, 20ms));
        return std::span<const log::record>();
    }
    void wake() override {
        reader_->wake();
        woken_.notify_all();
    }

private:
    std::unique_ptr<log::log_reader> reader_;
    const std::atomic<bool>& is_blind_;
    std::mutex mutex_;
    std::condition_variable woken_;
};

} // namespace

boost::system::result<std::unique_ptr<log::log_reader>> own_way_to_log::read(std::vector<std::uint64_t> next) {
    auto reader = log_.read(std::move(next));
    if (!reader) {
        return reader.error();
    }
    return std::make_unique<reader_that_may_be_blind>(std::move(*reader), is_blind);
}

void own_way_to_log::append(std::string_view key, std::string value, log::append_done done) {
    v1::LedgerRecord record;
    if (is_cut && record.ParseFromString(value) && record.has_deliveries()) {
        ++refused;
        done(log::make_error_code(log::errc::unavailable));
        return;
    }
    log_.append(key, std::move(value), std::move(done));
}

replica::replica(log::memory_log& shared, const security::live<security::partner_directory>& partners,
                 const security::live<dialects::dialect_set>& dialects, const delivery_settings& settings,
                 const topic_settings& topics)
    : log(shared), ledger(log, rows, {}, 2),
      runner(std::make_unique<topic_runner>(delivery_parts{*ledger, partners, dialects, settings}, topics,
                                            ledger.thread(0).context.get_executor(), ledger.metrics)) {}

replica::~replica() {
    runner.reset();
}

void replica::own_all() {
    std::vector<std::uint32_t> all(log.partition_count());
    for (std::uint32_t i = 0; i < all.size(); ++i) {
        all[i] = i;
    }
    runner->own(all, {});
}

void replica::lose_all() {
    std::vector<std::uint32_t> all(log.partition_count());
    for (std::uint32_t i = 0; i < all.size(); ++i) {
        all[i] = i;
    }
    runner->own({}, all);
}

double replica::transactions(const std::string& outcome) {
    const auto text = ledger.metrics.render();
    const auto name = "tongban_topic_transactions_total{outcome=\"" + outcome + "\"} ";
    const auto at = text.find(name);
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size()));
}

TopicWorld::TopicWorld()
    : admin(cluster), log(log::memory_log_settings{2, "memory", 100'000, {}, 0}), partners(security::partner_directory::parse({}).directory),
      dialects(dialects::dialect_set::load(TONGBAN_SOURCE_DIR "/examples/five-cities/dialects").loaded) {
    settings.retry_first = 2ms;
    settings.retry_most = 50ms;
    topics.kafka = kafka::ledger_settings(cluster);
    topics.kafka.create_topic = false;
    topics.transactions.transactional_id_prefix = "deliveries-" + topics.kafka.topic;
    topics.transactions.progress_topic = topics.kafka.topic + "-progress";
    topics.region_topics.retention = 24h;
    topics.region_topics.partitions = 1;
    topics.open_wait = 30s;
    topics.transaction_wait = 10s;
    topics.pause_first = 10ms;
    topics.pause_most = 200ms;
    topics.held = 200ms;
    topics.check_interval = 500ms;
    admin.create_topic(topics.transactions.progress_topic, 2, {{"cleanup.policy", "compact"}});
    origin = new_region();
    dest = new_region();
}

TopicWorld::~TopicWorld() {
    replicas.clear();
}

std::string TopicWorld::new_region(bool with_topic, const std::string& dialect,
                                   const std::map<std::string, std::string>& values) {
    // Topics of other runs on the same cluster stay there: one that exists is not taken.
    std::uniform_int_distribution<int> codes(110'000, 659'999);
    std::random_device random;
    while (true) {
        const auto region = std::to_string(codes(random));
        if (regions.contains(region)) {
            continue;
        }
        try {
            admin.create_topic(log::deliveries_topic(region), 1, values);
        } catch (const std::runtime_error& error) {
            if (std::string_view(error.what()).find("already exists") == std::string_view::npos) {
                throw;
            }
            continue;
        }
        if (!with_topic) {
            admin.delete_topic(log::deliveries_topic(region));
        }
        regions.emplace(region, dialect);
        return region;
    }
}

void TopicWorld::configure() {
    std::string yaml = "partners:\n";
    for (const auto& [region, dialect] : regions) {
        yaml += "  - id: p" + region + "\n    name: {zh: 平台, en: Platform}\n    role: platform\n    regions: [\"" +
                region + "\"]\n    identities: [{san_uri: \"tongban://" + region + "/platform\"}]\n" +
                "    dialects: [" + (dialect == "canonical" ? "jining" : dialect) +
                "]\n    delivery:\n      transport: kafka\n      dialect: " + dialect + "\n";
    }
    auto loaded = security::partner_directory::parse({{"a.yaml", yaml}});
    for (const auto& mistake : loaded.mistakes) {
        ADD_FAILURE() << mistake.text();
    }
    partners.set(loaded.directory);
    for (auto& each : replicas) {
        if (each.runner) {
            each.runner->reload();
        }
    }
}

replica& TopicWorld::start() {
    configure();
    return replicas.emplace_back(log, partners, dialects, settings, topics);
}

void TopicWorld::tell(replica& by, v1::LedgerRecord record) {
    const auto told = by.ledger.append(std::move(record), ledger::story::long_enough, 1).get();
    ASSERT_TRUE(told) << told.error().message();
    ASSERT_EQ(told->verdict, cases::verdict::applied);
}

std::vector<case_name> TopicWorld::submit(replica& by, int count, const std::string& prefix,
                                          std::string_view applicant) {
    std::vector<case_name> all;
    for (int i = 0; i < count; ++i) {
        case_name of{origin, dest, prefix + std::to_string(i)};
        tell(by, ledger::story::submitted(of, applicant));
        all.push_back(of);
    }
    return all;
}

void TopicWorld::work_on(replica& by, const std::vector<case_name>& cases) {
    for (const auto& of : cases) {
        tell(by, ledger::story::received(of));
        tell(by, ledger::story::accepted(of));
        tell(by, ledger::story::decided(of));
        tell(by, ledger::story::closed(of));
    }
}

std::vector<kafka::plain_record> TopicWorld::seen_by(const std::string& region) const {
    return kafka::read_committed(topics.kafka, log::deliveries_topic(region));
}

std::string TopicWorld::header(const kafka::plain_record& record, const std::string& name) {
    for (const auto& [known, value] : record.headers) {
        if (known == name) {
            return value;
        }
    }
    return {};
}

std::vector<v1::EventDelivery> TopicWorld::standing(replica& at, const case_name& of, const std::string& region) {
    std::vector<v1::EventDelivery> all;
    const auto row = at.ledger->read().find(of.id());
    if (!row || !*row) {
        return all;
    }
    const auto of_case = at.ledger->deliveries().of_case(**row);
    for (const auto& each : *of_case) {
        if (each.id().region() == region) {
            all.push_back(each);
        }
    }
    return all;
}

bool TopicWorld::all_acknowledged(replica& at, const std::vector<case_name>& cases) {
    return std::all_of(cases.begin(), cases.end(), [&](const case_name& of) {
        const auto due = standing(at, of, dest);
        auto all = standing(at, of, origin);
        all.insert(all.end(), due.begin(), due.end());
        return !due.empty() && std::all_of(all.begin(), all.end(), [](const v1::EventDelivery& each) {
            return each.status() == v1::DELIVERY_STATUS_ACKNOWLEDGED;
        });
    });
}

void TopicWorld::expect_each_once(replica& at, const std::vector<case_name>& cases) {
    ASSERT_TRUE(kafka::eventually([&] { return all_acknowledged(at, cases); })) << at.runner->health().reason;
    for (const auto& region : {origin, dest}) {
        std::map<std::string, std::vector<std::string>> seen; // case → deliveries, as they came
        for (const auto& record : seen_by(region)) {
            seen[record.key].push_back(header(record, "delivery-id"));
        }
        for (const auto& of : cases) {
            std::map<std::uint32_t, std::string> due; // in the order of the events
            for (const auto& each : standing(at, of, region)) {
                due[each.id().ordinal()] = cases::to_text(each.id());
                EXPECT_EQ(each.history(each.history_size() - 1).transport(), v1::DELIVERY_TRANSPORT_KAFKA);
            }
            std::vector<std::string> expected;
            for (const auto& [ordinal, id] : due) {
                expected.push_back(id);
            }
            EXPECT_EQ(seen[of.id()], expected) << of.source_no << " to " << region;
        }
    }
}

} // namespace tongban::delivery::testing
