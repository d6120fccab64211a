// The composition root.
#include "gateway/app/gateway.hpp"

#include "gateway/app/licence_services.hpp"
#include "gateway/app/live_calendar.hpp"
#include "gateway/app/log_metrics.hpp"
#include "gateway/app/not_taken.hpp"
#include "gateway/app/object_settings.hpp"
#include "gateway/app/operations.hpp"
#include "gateway/app/own_certificates.hpp"
#include "gateway/app/owned_work.hpp"
#include "gateway/app/registry.hpp"
#include "connectors/log/topic_source.hpp"
#include "connectors/log/topic_writer.hpp"
#include "gateway/calendar/calendar.hpp"
#include "gateway/delivery/automatic_handlers.hpp"
#include "gateway/intake/topic_intake.hpp"
#include "monitoring/log.hpp"
#include "monitoring/metrics.hpp"
#include "monitoring/process.hpp"
#include "security/live.hpp"

#include <algorithm>
#include <map>
#include <condition_variable>
#include <initializer_list>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace tongban::app {

namespace {

ledger::ledger_settings with_calendar(ledger::ledger_settings settings,
                                      std::shared_ptr<const calendars::calendar_source> calendar) {
    settings.calendar = std::move(calendar);
    return settings;
}

// What librdkafka tells of itself, with its own levels.
void tell_of_kafka(int level, std::string_view text) {
    const auto severity = level <= 3   ? monitoring::severity::error
                          : level <= 5 ? monitoring::severity::warning
                                       : monitoring::severity::info;
    monitoring::log(severity, "kafka", {{"text", text}});
}

std::unique_ptr<log::event_log> open_log(const gateway_settings& settings, monitoring::registry& metrics) {
    const auto sink = log_statistics_metrics(metrics);
    if (const auto* embedded = std::get_if<log::embedded_settings>(&settings.ledger_log)) {
        auto with_sink = *embedded;
        with_sink.statistics = sink;
        return log::open_embedded_log(with_sink);
    }
    auto kafka = std::get<log::kafka_settings>(settings.ledger_log);
    kafka.statistics = sink;
    kafka.diagnostics = tell_of_kafka;
    return log::open_kafka_log(kafka);
}

std::vector<http::route> gateway_routes(intake::message_intake& intake, const inbox::inbox_parts& windows,
                                        const delivery::delivery_parts& deliveries, materials::materials& files,
                                        monitoring::registry& metrics) {
    auto routes = intake.routes();
    for (auto more : {inbox::routes(windows, metrics), delivery::pull_routes(deliveries, metrics),
                      delivery::event_routes(deliveries, metrics), files.routes()}) {
        std::move(more.begin(), more.end(), std::back_inserter(routes));
    }
    return routes;
}

materials::material_parts material_parts_of(const gateway_settings& given, ledger::ledger& ledger,
                                            const security::live<security::partner_directory>& partners) {
    materials::material_parts parts{ledger, partners, open_objects(given.objects), nullptr,
                                    given.materials};
    parts.settings.answer_within = given.gateway.request_timeout;
    if (!given.objects.scan_command.empty()) {
        parts.scanner = objects::command_scanner(given.objects.scan_command, given.objects.scan_deadline);
    } else if (!given.objects.scan_url.empty()) {
        parts.scanner = objects::http_scanner(given.objects.scan_url, given.objects.scan_deadline);
    }
    return parts;
}

intake::intake_settings intake_settings_of(const gateway_settings& given) {
    auto settings = given.intake;
    settings.leases = {given.windows.lease_default, given.windows.lease_max};
    return settings;
}

delivery::push_settings push_settings_of(const gateway_settings& given) {
    delivery::push_settings settings;
    settings.tls = push_tls_of(given);
    settings.stop_patience = given.drain_timeout;
    return settings;
}

delivery::automatic_call_settings automatic_settings_of(const gateway_settings& given) {
    delivery::automatic_call_settings settings;
    settings.tls = push_tls_of(given);
    settings.within = given.intake.automatic_within;
    return settings;
}

// Intake topics are read with the ledger's own connection to the brokers.
intake::topic_intake_parts topic_parts(intake::message_intake& intake, log::kafka_settings kafka,
                                       std::size_t message_bytes_max, owned_work& work) {
    kafka.diagnostics = tell_of_kafka;
    intake::topic_intake_parts parts{intake, {}, {}, work.executor(), {}};
    parts.settings.message_bytes_max = message_bytes_max;
    parts.open_source = [kafka](std::vector<std::string> topics) {
        log::topic_source_settings settings;
        settings.topics = std::move(topics);
        return log::open_kafka_source(kafka, settings);
    };
    parts.open_writer = [kafka] { return log::open_kafka_writer(kafka); };
    return parts;
}

} // namespace

security::client_tls_settings push_tls_of(const gateway_settings& settings) {
    // Who calls a platform shows a client's certificate; where none is given, the gateway's own must be good for both.
    const bool own = settings.push_certificate.empty();
    return {.certificate_file = own ? settings.tls.certificate_file : settings.push_certificate,
            .key_file = own ? settings.tls.key_file : settings.push_key,
            .ca_file = settings.push_ca.empty() ? settings.tls.client_ca_file : settings.push_ca,
            .crl_file = settings.push_ca.empty() ? settings.tls.crl_file : settings.push_crl};
}

// In data-flow order; destroyed in the reverse.
struct gateway::parts {
    explicit parts(const gateway_settings& given) : parts(given, load_registry(given.partners_folder, given.dialects_folder)) {}

    parts(const gateway_settings& given, registry read)
        : settings(given), partners(std::move(read.partners)), dialects(std::move(read.dialects)),
          catalogue(given.catalogue, *partners.get(), metrics),
          calendar(std::make_shared<calendars::calendar_source>(load_calendar(given.calendar_file))),
          tls(security::tls_context::for_server(given.tls)), certificates(given, tls, metrics),
          log(open_log(given, metrics)), rows(given.view),
          ledger(*log, rows, with_calendar(given.ledger, calendar), metrics),
          files(material_parts_of(given, ledger, partners), metrics),
          intake({ledger, partners, dialects, intake_settings_of(given),
                  [this](v1::Dossier& dossier, const ledger::files_of_message& from, std::chrono::steady_clock::time_point deadline) {
                      return files.take(dossier, from, deadline);
                  },
                  &catalogue.current(),
                  [this](std::string_view region, std::string_view item) { return automatic.has(region, item); },
                  [this](ledger::automatic_question question) { return automatic.ask(std::move(question)); }},
                 metrics),
          deliveries{ledger, partners, dialects, given.deliveries},
          owned({ledger, metrics, std::get_if<log::kafka_settings>(&settings.ledger_log), deliveries, push_settings_of(given),
                 calendar, [this](v1::LedgerRecord filing) { return intake.decide(std::move(filing)); }}),
          automatic(deliveries, automatic_settings_of(given), owned.executor()),
          licences(partners, push_tls_of(given), owned.executor()),
          server(given.gateway, tls.get(),
                 gateway_routes(intake, {ledger, partners, given.windows, &catalogue.current(),
                          [this](std::string_view region) { return licences.of_region(region); }}, deliveries, files, metrics),
                 metrics),
          operations(given.operations,
                     given.operations_tls ? security::tls_context::for_server(*given.operations_tls)
                                          : nullptr,
                     operations_routes({*log, ledger, metrics, certificates, draining, partners, catalogue.current(),
                                        [this] { return intake_topics_trouble(); }, [this] { return delivery_topics_trouble(); }}),
                     metrics) {
        if (const auto* kafka = std::get_if<log::kafka_settings>(&settings.ledger_log)) {
            topics.emplace(topic_parts(intake, *kafka, given.gateway.body_bytes_max, owned), metrics);
        }
        metrics
            .make_gauge("tongban_build_info", "Always 1; the labels say what runs.",
                        {{"version", TONGBAN_VERSION}})
            .set(1);
        metrics.make_collected_gauge("tongban_calendar_end_timestamp_seconds",
                                     "End of the working-day calendar: due dates beyond it are provisional",
                                     [this](monitoring::registry::collected& out) {
                                         const auto end_ms = cases::start_of(calendar->get()->past());
                                         out.emplace_back(monitoring::labels{}, static_cast<double>(end_ms) / 1000.0);
                                     });
        calendar_harmed_cases = metrics.make_gauge("tongban_calendar_harmed_cases",
                                                   "Open cases that were told, at start, due times other than this calendar's");
        monitoring::add_process_metrics(metrics);
        const auto judge = [this](const security::certificate_facts& certificate,
                                  bool only_operators) -> std::optional<http::turned_away> {
            const auto partner = partners.get()->identify(certificate);
            if (!partner) {
                return http::turned_away::unknown_partner;
            }
            if (only_operators && partner->role != v1::ROLE_OPERATOR) {
                return http::turned_away::not_operator;
            }
            return std::nullopt;
        };
        server.on_connection([judge](const auto& certificate) { return judge(certificate, false); });
        if (given.operations_tls) {
            operations.on_connection([judge](const auto& certificate) { return judge(certificate, true); });
        }
    }

    // In the background: a pass over a million open cases takes seconds, and refuses nothing.
    void look_at_open_cases() {
        open_cases_look = std::jthread([this](const std::stop_token& stop) {
            std::mutex mutex;
            std::unique_lock lock(mutex);
            std::condition_variable_any changed;
            constexpr std::chrono::milliseconds between{100};
            while (!stop.stop_requested() && !ledger.health().ready) {
                changed.wait_for(lock, stop, between, [] { return false; });
            }
            calendar_harmed_cases.set(static_cast<double>(tell_other_due_times(*calendar->get(), rows, stop)));
            if (catalogue.configured()) {
                catalogue.look_at_open_cases(rows, stop);
            }
        });
    }

    // Cases at a region that no partner acts for any more wait until somebody does: said at the start and at each reload.
    void tell_cases_without_partner() const {
        const auto totals = ledger.read().totals();
        if (!totals) {
            return;
        }
        std::map<std::string, std::int64_t> open;
        for (const auto& one : totals->open()) {
            open[one.dest_region()] += one.count();
        }
        const auto registry = partners.get();
        for (const auto& [region, count] : open) {
            const auto acts = [&](const auto& partner) { return partner->acts_for(region); };
            if (count > 0 && std::ranges::none_of(registry->partners(), acts)) {
                monitoring::log(monitoring::severity::warning, "open_cases_without_partner",
                                {{"region", std::string_view(region)}, {"cases", count}});
            }
        }
    }

    topics_trouble intake_topics_trouble() const {
        const auto health = topics ? topics->health() : intake::topic_intake_health();
        return {health.reason, health.reason_zh};
    }

    topics_trouble delivery_topics_trouble() const {
        const auto trouble = owned.topics_trouble();
        return trouble.empty() ? topics_trouble() : topics_trouble{trouble, "地区主题异常：" + trouble};
    }

    void read_topics() {
        const auto registry = partners.get();
        if (topics) {
            topics->read(*registry);
            return;
        }
        for (const auto& partner : registry->partners()) {
            if (partner->intake_topic) {
                monitoring::log(monitoring::severity::warning, "intake_topic_not_read",
                                {{"partner", std::string_view(partner->id)},
                                 {"reason", std::string_view("topics need ledger.kind: kafka")}});
            }
        }
    }

    gateway_settings settings;
    std::atomic<bool> draining{false};
    monitoring::registry metrics;
    monitoring::counter_family& reloads = metrics.make_counter_family(
        "tongban_reloads_total", "Configuration reloads by part and result.", {"part", "result"}, 10);
    security::live<security::partner_directory> partners;
    security::live<dialects::dialect_set> dialects;
    live_catalogue catalogue;
    const std::shared_ptr<calendars::calendar_source> calendar;
    security::live<security::tls_context> tls;
    own_certificates certificates;
    std::unique_ptr<log::event_log> log;
    store::rocks_view_store rows;
    ledger::ledger ledger;
    materials::materials files;
    intake::message_intake intake;
    delivery::delivery_parts deliveries;
    owned_work owned;
    delivery::automatic_handlers automatic;
    licence_services licences;
    std::optional<intake::topic_intake> topics; // with a Kafka ledger
    http::server server;
    http::server operations;
    // Destroyed first: a worker must not resume a call on a server that is gone.
    struct file_workers {
        materials::materials& of;
        ~file_workers() { of.stop(); }
    } file_workers{files};
    monitoring::gauge calendar_harmed_cases;
    std::jthread open_cases_look; // ended before what it reads
    bool outdated = false;
    std::jthread giving_way;
};

gateway::gateway(const gateway_settings& settings) : parts_(std::make_unique<parts>(settings)) {}

gateway::~gateway() = default;

void gateway::start() {
    parts_->ledger.start();
    parts_->tell_cases_without_partner();
    parts_->look_at_open_cases();
    parts_->owned.start();
    parts_->files.fetch_for([p = parts_.get()](std::uint32_t partition) { return p->owned.owns(partition); },
                            parts_->owned.executor());
    parts_->read_topics();
    parts_->operations.start();
    parts_->server.start();
}

bool gateway::reload(const std::function<std::filesystem::path()>& calendar_file) {
    bool all = true;
    const auto refuse = [&](std::initializer_list<const char*> together, std::string_view reason_zh, std::string_view reason) {
        all = false;
        for (const std::string_view part : together) {
            parts_->reloads.with({part, "refused"}).add();
            monitoring::log(monitoring::severity::error, "reload_refused",
                            {{"part", part}, {"reason", reason}, {"reason_zh", reason_zh}});
        }
    };
    const auto take = [&](std::initializer_list<const char*> together, const auto& load_and_set) {
        try {
            load_and_set();
            for (const std::string_view part : together) {
                parts_->reloads.with({part, "taken"}).add();
                monitoring::log(monitoring::severity::info, "reloaded", {{"part", part}});
            }
        } catch (const not_taken& e) {
            refuse(together, e.why().zh, e.why().en);
        } catch (const std::exception& e) { // certificates, in both languages
            refuse(together, e.what(), e.what());
        }
    };
    const auto& settings = parts_->settings;
    take({"partners", "dialects"}, [&] {
        const auto read = load_registry(settings.partners_folder, settings.dialects_folder);
        parts_->dialects.set(read.dialects);
        parts_->partners.set(read.partners);
        parts_->server.end_streams(); // and long polls: what they were allowed by may be another now
        if (!parts_->outdated) {
            parts_->read_topics();
        }
        parts_->tell_cases_without_partner();
    });
    if (parts_->catalogue.configured()) {
        take({"catalogue"}, [&] {
            parts_->catalogue.reload(*parts_->partners.get(), parts_->rows);
            parts_->look_at_open_cases();
        });
    }
    take({"calendar"}, [&] {
        const auto next = load_calendar(calendar_file());
        if (auto why = why_not_replaced(*parts_->calendar->get(), *next, parts_->rows); !why.empty()) {
            throw not_taken(std::move(why));
        }
        parts_->calendar->set(next);
        monitoring::log(monitoring::severity::info, "calendar_in_force",
                        {{"version", std::string_view(next->version())},
                         {"until", std::string_view(calendars::to_text(next->past() - 1))}});
    });
    take({"certificates"}, [&] {
        const auto tls = security::tls_context::for_server(settings.tls);
        if (const auto unfit = tls->why_unfit(settings.tls, std::chrono::system_clock::now()); !unfit.empty()) {
            throw not_taken(unfit);
        }
        const auto operations =
            settings.operations_tls ? security::tls_context::for_server(*settings.operations_tls) : nullptr;
        parts_->server.reload_tls(tls);
        parts_->tls.set(tls);
        if (operations) {
            parts_->operations.reload_tls(operations);
        }
    });
    parts_->server.end_streams(); // which write in what was read anew
    parts_->owned.reload();
    parts_->automatic.reload();
    parts_->licences.reload();
    parts_->certificates.read_again();
    return all;
}

void gateway::stop() {
    parts_->draining = true;
    parts_->open_cases_look = {};
    parts_->giving_way = {};
    {
        const std::jthread pushes([p = parts_.get()] { p->owned.stop_pushing(); });
        parts_->server.drain(parts_->settings.drain_timeout);
    }
    if (parts_->topics) {
        parts_->topics->stop(std::chrono::milliseconds(5000));
    }
    parts_->automatic.stop();
    parts_->licences.stop();
    parts_->files.stop_fetching();
    parts_->owned.stop();
    parts_->files.stop();
    parts_->ledger.stop();
    parts_->log->close(std::chrono::milliseconds(5000));
    parts_->operations.drain(std::chrono::milliseconds(1000));
}

void gateway::give_way_when_outdated() {
    if (parts_->outdated || !parts_->ledger.health().outdated) {
        return;
    }
    parts_->outdated = true;
    // Waits for brokers, which the thread that takes signals must not.
    parts_->giving_way = std::jthread([p = parts_.get()] {
        if (p->topics) {
            p->topics->stop(std::chrono::milliseconds(5000));
        }
        p->owned.give_up();
        monitoring::log(monitoring::severity::warning, "gave_way");
    });
}

bool gateway::broken() const {
    return parts_->ledger.health().failed;
}

std::uint16_t gateway::port() const noexcept {
    return parts_->server.port();
}

std::uint16_t gateway::operations_port() const noexcept {
    return parts_->operations.port();
}

} // namespace tongban::app
