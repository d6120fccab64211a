// Handlers are small and real: what they see is what the server made of the bytes.
#include "running_server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tongban::testing {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct running_server::gate {
    std::atomic<bool> open{false};
    std::atomic<int> inside{0};
};

namespace {

asio::awaitable<http::response> echo(http::request& req) {
    http::response answer;
    answer.status = 202;
    answer.content_type = "text/plain";
    answer.body = std::move(req.body);
    answer.outcome = "accepted";
    co_return answer;
}

// Everything a handler can see, one line each.
asio::awaitable<http::response> show(http::request& req) {
    http::response answer;
    std::string& text = answer.body;
    text = "path=" + std::string(req.path) + "\n";
    for (const std::string& p : req.parameters) {
        text += "parameter=" + p + "\n";
    }
    for (const auto& [name, value] : req.query) {
        text += "query=" + name + "=" + value + "\n";
    }
    text += "content_type=" + std::string(req.content_type) + "\naccept=" + std::string(req.accept) +
            "\nidempotency_key=" + std::string(req.idempotency_key) + "\ndialect=" + std::string(req.dialect) +
            "\nrequest_id=" + req.request_id + "\ntrace_id=" + req.trace_id +
            "\nserial=" + (req.certificate ? req.certificate->serial : "none") +
            "\nuri=" + (req.certificate && !req.certificate->san_uris.empty() ? req.certificate->san_uris[0] : "none") +
            "\nsubject=" + (req.certificate ? req.certificate->subject : "none") + "\n";
    co_return answer;
}

asio::awaitable<http::response> boom(http::request&) {
    throw std::runtime_error("secret 370802199001011234");
    co_return http::response{};
}

asio::awaitable<http::response> big(http::request& req) {
    http::response answer;
    answer.body.assign(std::stoul(std::string(req.query_value("bytes").value_or("0"))), 'x');
    co_return answer;
}

asio::awaitable<http::response> inject(http::request&) {
    http::response answer;
    answer.headers.emplace_back("X-Good", "yes");
    answer.headers.emplace_back("X-Bad", "a\r\nSet-Cookie: stolen=1");
    co_return answer;
}

} // namespace

bool eventually(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

std::string post(const std::string& path, const std::string& body, const std::string& fields) {
    return "POST " + path + " HTTP/1.1\r\nHost: gateway\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string get(const std::string& path, const std::string& fields) {
    return "GET " + path + " HTTP/1.1\r\nHost: gateway\r\n" + fields + "\r\n";
}

std::vector<http::route> running_server::routes() {
    using http::method;
    auto wait = [gate = gate_](http::request& req) -> asio::awaitable<http::response> {
        // The coroutine is a function with parameters: it may outlive this lambda's call.
        return [](std::shared_ptr<running_server::gate> g, http::request&) -> asio::awaitable<http::response> {
            ++g->inside;
            asio::steady_timer timer(co_await asio::this_coro::executor);
            while (!g->open.load()) {
                timer.expires_after(1ms);
                co_await timer.async_wait(asio::use_awaitable);
            }
            http::response answer;
            answer.body = "open\n";
            co_return answer;
        }(gate, req);
    };
    std::vector<http::route> all{
        {method::post, "/v1/messages", &echo},
        {method::post, "/v1/small", &echo, {}, 100},
        {method::post, "/v1/cases/{id}/claim", &show},
        {method::get, "/v1/cases/{id}", &show},
        {method::get, "/v1/cases/mine", &big},
        {method::get, "/v1/boom", &boom},
        {method::get, "/v1/big", &big},
        {method::get, "/v1/inject", &inject},
        {method::get, "/v1/gate", wait},
    };
    for (auto& one : all) {
        one.any_query = true; // the handlers show what came
    }
    return all;
}

running_server::running_server(setup s)
    : client_(ca_.issue({})), gate_(std::make_shared<gate>()) {
    http::listener_settings settings = s.settings;
    settings.port = 0;
    settings.threads = settings.threads == 0 ? 2 : settings.threads;
    std::shared_ptr<const security::tls_context> tls;
    if (settings.mutual_tls) {
        const identity own = ca_.issue({.common_name = "gateway", .uri = "", .server = true});
        folder_.write("server.pem", own.certificate);
        folder_.write("server.key", own.key);
        folder_.write("ca.pem", ca_.certificate());
        std::optional<std::string> crl;
        if (s.with_crl) {
            crl = ca_.revocation_list(s.revoked, s.crl_next_update_s);
        }
        tls = context(crl);
    }
    auto all = routes();
    all.insert(all.end(), s.more.begin(), s.more.end());
    server_ = std::make_unique<http::server>(settings, tls, std::move(all), metrics_);
    if (s.judge) {
        server_->on_connection(s.judge);
    }
    server_->start();
}

running_server::running_server() : running_server(setup()) {}

running_server::~running_server() {
    open_gate();
}

std::shared_ptr<const security::tls_context> running_server::context(const std::optional<std::string>& crl) const {
    security::tls_settings settings;
    settings.certificate_file = folder_.path() / "server.pem";
    settings.key_file = folder_.path() / "server.key";
    settings.client_ca_file = folder_.path() / "ca.pem";
    if (crl) {
        settings.crl_file = folder_.write("crl.pem", *crl);
    }
    return security::tls_context::for_server(settings);
}

raw_client::options running_server::as(const std::optional<identity>& who) const {
    raw_client::options o;
    o.own = who;
    o.trusted = ca_.certificate();
    return o;
}

std::unique_ptr<raw_client> running_server::connect() const {
    return std::make_unique<raw_client>(port(), as(client_));
}

double running_server::value(const std::string& name, const std::string& label) const {
    std::istringstream text(metrics_.render());
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with(name + "{") && line.find(label) != std::string::npos) {
            return std::stod(line.substr(line.rfind(' ')));
        }
    }
    return -1;
}

bool running_server::reaches(const std::string& name, const std::string& label, double wanted) const {
    return eventually([&] { return value(name, label) >= wanted; });
}

std::size_t running_server::open_connections() const {
    return static_cast<std::size_t>(value("tongban_http_connections", "listener"));
}

bool running_server::gate_holds(int requests) const {
    return eventually([&] { return gate_->inside.load() == requests; });
}

void running_server::open_gate() {
    gate_->open = true;
}

} // namespace tongban::testing
