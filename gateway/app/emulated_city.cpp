// Checks everything before anything starts, so that a wrong certificate, city, script or address is said in words.
#include "gateway/app/emulated_city.hpp"

#include "connectors/dialects/dialect_set.hpp"
#include "gateway/app/city_lines.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/config_command.hpp"
#include "gateway/app/configuration_settings.hpp"
#include "gateway/app/event_body.hpp"
#include "gateway/app/json_text.hpp"
#include "gateway/emulator/pull_side.hpp"
#include "gateway/emulator/push_side.hpp"
#include "gateway/emulator/summary.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/parse.hpp>

#include <charconv>
#include <csignal>
#include <ostream>
#include <thread>

namespace tongban::app {

namespace asio = boost::asio;
namespace json = boost::json;
using security::delivery_transport;

namespace {

constexpr auto summary_every = std::chrono::seconds(5);

struct failure {
    int exit_code;
    std::string text;
};
[[noreturn]] void fail(int exit_code, const security::sentence& told) {
    throw failure{exit_code, told.text()};
}
// With everything that is wrong, a line each.
template <typename Told>
[[noreturn]] void fail_of_all(int exit_code, const std::vector<Told>& all, const std::string& before = {}) {
    std::string text;
    for (const auto& one : all) {
        text += (text.empty() ? "" : "\n") + before + one.text();
    }
    throw failure{exit_code, std::move(text)};
}

std::shared_ptr<const security::partner> platform_of(const std::string& city, const security::partner_directory& directory) {
    std::string known;
    for (const auto& partner : directory.partners()) {
        if (partner->role != v1::ROLE_PLATFORM) {
            continue;
        }
        if (partner->id == city || partner->acts_for(city)) {
            return partner;
        }
        known += (known.empty() ? "" : ", ") + partner->id + " (" + partner->regions.front() + ')';
    }
    fail(exit_usage, {"没有平台“" + city + "”；已登记：" + known, "no such platform: " + city + "; known: " + known});
}

emulator::script script_of(const emulate_options& options) {
    std::vector<security::file_mistake> unread;
    auto text = emulator::standard_script();
    if (!options.script.empty()) {
        text = security::read_file(options.script, unread).value_or("");
    }
    auto read = unread.empty() ? emulator::read_script(text, options.script)
                               : emulator::script_result{std::nullopt, unread};
    if (!read.value) {
        fail_of_all(exit_usage, read.mistakes);
    }
    auto how = std::move(*read.value);
    if (const auto wrong = emulator::take_troubles(options.misbehave, how.troubles); !wrong.empty()) {
        fail_of_all(exit_usage, wrong, "--misbehave: ");
    }
    if (!options.slow_for.empty()) {
        const auto slow = emulator::pause_of(options.slow_for);
        if (!slow) {
            fail(exit_usage, {"--slow-for 应为时长，如 3s 或 1s..5s", "--slow-for: expected a time such as 3s or 1s..5s"});
        }
        how.troubles.slow_for = *slow;
    }
    if (how.claims() && options.window_certificate.empty()) {
        fail(exit_usage, {"脚本有 claim 步骤，须给出 --window-certificate 和 --window-key",
                          "the script claims cases: give --window-certificate and --window-key"});
    }
    return how;
}

emulator::push_side_settings listener_of(const emulate_options& options, const security::partner& partner,
                                         const dialects::dialect* dialect) {
    const auto& push = partner.delivery->push;
    const auto url = boost::urls::parse_uri(push.url);
    emulator::push_side_settings settings;
    std::uint16_t port = url && url->port_number() != 0 ? url->port_number() : 443;
    if (!options.listen.empty()) {
        const auto colon = options.listen.rfind(':');
        const auto* begin = options.listen.data() + (colon == std::string::npos ? 0 : colon + 1);
        const auto* end = options.listen.data() + options.listen.size();
        if (colon == std::string::npos || std::from_chars(begin, end, port).ptr != end || begin == end) {
            fail(exit_usage, {"--listen 应为 主机:端口，如 127.0.0.1:9443", "--listen: expected host:port, such as 127.0.0.1:9443"});
        }
        settings.address = options.listen.substr(0, colon);
    }
    settings.port = port;
    std::string path = url ? std::string(url->path()) : "";
    if (path.empty() && dialect != nullptr) {
        path = dialect->call().path.substr(0, dialect->call().path.find('?'));
    }
    settings.paths = {path.empty() ? "/" : path};
    const bool own = options.listen_certificate.empty();
    settings.tls.certificate_file = own ? options.certificate : options.listen_certificate;
    settings.tls.key_file = own ? options.key : options.listen_key;
    settings.tls.client_ca_file = options.ca;
    settings.silence = push.read_deadline + std::chrono::milliseconds(500);
    return settings;
}

bool uses(const security::partner& partner, delivery_transport transport) {
    return partner.delivery && partner.delivery->transport == transport;
}

// Asks each address of the gateway who it knows, until one answers or the patience is over.
client_reply introduction(const std::vector<client_identity>& addresses, std::chrono::milliseconds patience) {
    client_request who_am_i;
    who_am_i.target = "/v1/whoami";
    who_am_i.timeout_s = 10;
    const auto until = std::chrono::steady_clock::now() + patience;
    for (std::size_t i = 0;; ++i) {
        auto answer = https_session(addresses[i % addresses.size()]).exchange(who_am_i);
        if (answer && answer->status != 503) {
            return std::move(*answer);
        }
        const bool untrusted = !answer && answer.error().what == client_failure::kind::not_trusted;
        const bool all_asked = i + 1 >= addresses.size();
        if (untrusted || (all_asked && std::chrono::steady_clock::now() >= until)) {
            if (answer) {
                fail(exit_unavailable, {"网关暂不可用：HTTP 503", "the gateway is not available now: HTTP 503"});
            }
            throw failure{untrusted ? exit_refused : exit_unavailable, answer.error().text};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(all_asked ? 200 : 0));
    }
}

// The gateway answers, and knows the certificate.
json::value known_as(const std::vector<client_identity>& addresses, std::chrono::milliseconds patience) {
    const auto answer = introduction(addresses, patience);
    boost::system::error_code failed;
    auto who = json::parse(answer.body, failed);
    if (!answer.ok() || failed) {
        const auto status = "HTTP " + std::to_string(answer.status) + ' ';
        fail(exit_refused, {"网关不接受该证书：" + status + (failed ? "" : text_at(who, "title_zh")),
                            "the gateway refuses the certificate: " + status + (failed ? "" : text_at(who, "title"))});
    }
    return who;
}

void check_platform(const city_lines& lines, const security::partner& partner, std::chrono::milliseconds patience) {
    const auto who = known_as(lines.platform, patience);
    if (const auto id = text_at(who, "partner"); id != partner.id) {
        fail(exit_refused, {"证书属于另一方：网关识别为 " + id + "，不是 " + partner.id,
                            "the certificate is another's: the gateway knows it as " + id + ", not as " + partner.id});
    }
}

// Gives the window's id; empty when the city has none.
std::string window_of(const city_lines& lines, const security::partner& partner) {
    if (lines.window.empty()) {
        return {};
    }
    const auto who = known_as(lines.window, std::chrono::milliseconds(0));
    if (text_at(who, "role") != v1::Role_Name(v1::ROLE_WINDOW) || !partner.acts_for(text_at(who, "regions.0"))) {
        const auto id = text_at(who, "partner");
        fail(exit_refused, {"--window-certificate 不是本市窗口的证书：网关识别为 " + id,
                            "--window-certificate is no window's of this city: the gateway knows it as " + id});
    }
    return text_at(who, "window_id");
}

std::optional<std::chrono::milliseconds> length_of(const std::string& option, const std::string& text) {
    const auto length = text.empty() ? std::nullopt : parse_duration(text);
    if (!length && !text.empty()) {
        fail(exit_usage, {option + " 应为时长，如 90s 或 10m", option + ": expected a time such as 90s or 10m"});
    }
    return length;
}

class running_city {
public:
    running_city(const emulate_options& options, std::ostream& out, std::ostream& errors)
        : options_(options), out_(out), errors_(errors) {}

    int run() {
        const auto configuration = checked_configuration(options_.configuration, errors_);
        if (!configuration) {
            return exit_usage;
        }
        const auto& gateway = configuration->gateway;
        const auto partner = platform_of(options_.city, *security::partner_directory::load(gateway.partners_folder).directory);
        const auto dialects = dialects::dialect_set::load(gateway.dialects_folder).loaded;
        if (uses(*partner, delivery_transport::kafka)) {
            fail(exit_usage, {partner->id + " 的送达走 Kafka 主题，不能模拟，只能模拟 pull 和 push",
                              partner->id + ": its deliveries go to a topic; emulate takes pull and push"});
        }
        auto settings = settings_of(*partner);
        const auto hears = partner->delivery ? dialects->find(partner->delivery->dialect) : nullptr;
        const auto speaks = partner->dialects.empty() ? nullptr : dialects->find(partner->dialects.front());
        const emulator::tongue speech(hears, speaks, settings.how.answers);
        if (uses(*partner, delivery_transport::push) && !speech.dumbness().empty()) {
            fail_of_all(exit_usage, speech.dumbness());
        }
        const auto until = length_of("--for", options_.duration);
        const auto patience = length_of("--wait", options_.patience).value_or(std::chrono::milliseconds(0));
        city_lines lines = lines_of(options_);
        lines.stop = &stopping_;
        check_platform(lines, *partner, patience);
        settings.window_id = window_of(lines, *partner);
        emulator::journal journal(options_.journal, "emulator-" + partner->regions.front());
        emulator::city city(settings, speech, journal, lines.opener(), [this](const std::string& text) { note(text); });
        for (const auto& told : speech.shortcomings()) {
            if (uses(*partner, delivery_transport::push)) {
                note(told.text());
            }
        }
        std::optional<emulator::push_side> push;
        std::optional<emulator::pull_side> pull;
        if (uses(*partner, delivery_transport::push)) {
            push.emplace(listener_of(options_, *partner, hears.get()), city);
        } else if (uses(*partner, delivery_transport::pull)) {
            emulator::pull_side_settings how;
            how.visibility = std::chrono::seconds(options_.visibility_s);
            pull.emplace(how, city, lines.opener());
        }
        play(city, push, pull, *partner, until);
        return exit_done;
    }

private:
    emulator::city_settings settings_of(const security::partner& partner) const {
        emulator::city_settings settings;
        settings.how = script_of(options_);
        settings.partner = partner.id;
        settings.name = partner.name_zh;
        settings.regions = partner.regions;
        settings.seed = options_.seed;
        settings.threads = static_cast<std::size_t>(options_.connections);
        return settings;
    }

    void play(emulator::city& city, std::optional<emulator::push_side>& push, std::optional<emulator::pull_side>& pull,
              const security::partner& partner, std::optional<std::chrono::milliseconds> until) {
        city.start();
        if (push) {
            push->start();
        }
        if (pull) {
            pull->start();
        }
        wait(city, until, {{"event", "started"},
                           {"city", partner.id},
                           {"transport", partner.delivery ? security::name(partner.delivery->transport) : "inbox"},
                           {"port", push ? push->port() : 0},
                           {"seed", options_.seed}});
        if (push) {
            push->stop();
        }
        if (pull) {
            (void)pull->finish(std::chrono::milliseconds(4000));
        }
        stopping_ = true;
        if (pull) {
            pull->stop();
        }
        city.stop();
        say(emulator::summary(city, "stopped"));
    }

    // The main thread waits here: for a signal, the end of the time, and now and then to say how it goes.
    void wait(emulator::city& city, std::optional<std::chrono::milliseconds> until, json::object started) {
        asio::io_context context(1);
        asio::signal_set stop(context, SIGTERM, SIGINT);
        asio::steady_timer tick(context);
        asio::steady_timer end(context);
        stop.async_wait([&](boost::system::error_code, int) { context.stop(); });
        say(std::move(started)); // from here on a signal ends it in good order
        if (until) {
            end.expires_after(*until);
            end.async_wait([&](boost::system::error_code) { context.stop(); });
        }
        std::string last;
        std::function<void(boost::system::error_code)> look = [&](boost::system::error_code) {
            auto now = emulator::summary(city, "running");
            if (auto text = json::serialize(now); text != last) {
                last = std::move(text);
                say(std::move(now));
            }
            tick.expires_after(summary_every);
            tick.async_wait(look);
        };
        tick.expires_after(summary_every);
        tick.async_wait(look);
        context.run();
    }

    void say(json::object line) {
        const std::lock_guard lock(mutex_);
        out_ << (options_.json ? json::serialize(line) : emulator::readable(line)) << std::endl;
    }

    void note(const std::string& text) {
        if (stopping_) {
            return; // requests that were given up
        }
        if (options_.json) {
            say({{"event", "note"}, {"text", text}});
            return;
        }
        const std::lock_guard lock(mutex_);
        errors_ << text << std::endl;
    }

    const emulate_options& options_;
    std::ostream& out_;
    std::ostream& errors_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
};

} // namespace

int run_emulated_city(const emulate_options& options, std::ostream& out, std::ostream& errors) {
    try {
        return running_city(options, out, errors).run();
    } catch (const failure& failed) {
        errors << failed.text << '\n';
        return failed.exit_code;
    } catch (const std::exception& e) { // an address in use, a journal that cannot be opened
        errors << "不能开始或中途停止 / cannot begin, or broke off: " << e.what() << '\n';
        return exit_refused;
    }
}

} // namespace tongban::app
