// load: mutual-TLS load from one thread. Closed loop (each connection asks again when answered), open loop (a fixed
// rate, latency counted from when a request was due), handshakes only, or many idle connections. Prints JSON.
#include "load_client.hpp"

#include <CLI/CLI.hpp>
#include <openssl/ssl.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <memory>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

namespace tongban::bench {
namespace {

using clock = load_client::clock;

class generator {
public:
    explicit generator(const load_plan& plan) : plan_(plan), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        if (plan.body_files.empty()) {
            templates_.emplace_back(plan, "");
        }
        for (const std::string& file : plan.body_files) {
            std::ifstream in(file, std::ios::binary);
            if (!in) {
                throw std::runtime_error("cannot read " + file);
            }
            templates_.emplace_back(plan, std::string(std::istreambuf_iterator<char>(in), {}));
        }
        if (!plan.ca_file.empty()) {
            make_context();
        }
    }
    ~generator() {
        clients_.clear();
        SSL_CTX_free(context_);
        ::close(epoll_);
    }
    generator(const generator&) = delete;

    load_result run();

private:
    void make_context() {
        context_ = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
        const bool good = SSL_CTX_load_verify_file(context_, plan_.ca_file.c_str()) == 1 &&
                          (plan_.certificate_file.empty() ||
                           (SSL_CTX_use_certificate_chain_file(context_, plan_.certificate_file.c_str()) == 1 &&
                            SSL_CTX_use_PrivateKey_file(context_, plan_.key_file.c_str(), SSL_FILETYPE_PEM) == 1));
        if (!good) {
            throw std::runtime_error("cannot use the certificates");
        }
    }
    void open(unsigned id) {
        ++result_.connections;
        if (!clients_[id]->open(plan_, context_, epoll_, id)) {
            throw std::runtime_error("cannot connect: " + std::string(std::strerror(errno)));
        }
    }
    void handle(unsigned id, load_client::event e);
    void answered(unsigned id);
    void ask_next(unsigned id);
    void ask_due();
    int pause_ms() const;
    bool finished() const { return result_.answered + result_.failed >= plan_.count; }

    const load_plan& plan_;
    int epoll_;
    SSL_CTX* context_ = nullptr;
    std::vector<request_template> templates_;
    std::vector<std::unique_ptr<load_client>> clients_;
    std::vector<std::uint64_t> asking_; // the number each client asks with
    std::deque<unsigned> free_; // open loop: connected, nothing asked
    std::uint64_t asked_ = 0;
    clock::time_point started_;
    load_result result_;
};

// When request `asked_` is due.
clock::time_point due_time(clock::time_point started, std::uint64_t number, double rate) {
    return started + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(static_cast<double>(number) / rate));
}

std::int64_t unix_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void generator::ask_next(unsigned id) {
    if (asked_ >= plan_.count) {
        return;
    }
    const auto due = plan_.rate > 0 ? due_time(started_, asked_, plan_.rate) : clock::now();
    request_template& t = templates_[asked_ % templates_.size()];
    asking_[id] = plan_.first_number + asked_;
    clients_[id]->ask(t.with_number(asking_[id]), due);
    ++asked_;
    handle(id, clients_[id]->go_on());
}

void generator::ask_due() {
    while (!free_.empty() && asked_ < plan_.count && clock::now() >= due_time(started_, asked_, plan_.rate)) {
        const unsigned id = free_.front();
        free_.pop_front();
        ask_next(id);
    }
}

void generator::answered(unsigned id) {
    load_client& client = *clients_[id];
    ++result_.answered;
    ++result_.by_status[static_cast<std::size_t>(client.status()) % result_.by_status.size()];
    const auto took = clock::now() - client.due();
    result_.latencies_ms.push_back(std::chrono::duration<float, std::milli>(took).count());
    if (!plan_.times_file.empty()) {
        const auto now = unix_us();
        result_.times.push_back(
            {asking_[id], now - std::chrono::duration_cast<std::chrono::microseconds>(took).count(), now});
    }
    if (plan_.mode == load_mode::handshakes || !client.keeps()) {
        result_.resumed += client.resumed() ? 1 : 0;
        client.close();
        if (asked_ < plan_.count) {
            open(id);
        }
    } else if (plan_.rate > 0) {
        free_.push_back(id);
    } else if (plan_.mode == load_mode::requests) {
        ask_next(id);
    }
}

void generator::handle(unsigned id, load_client::event e) {
    switch (e) {
    case load_client::event::none: break;
    case load_client::event::connected:
        if (plan_.rate > 0) {
            free_.push_back(id);
        } else {
            ask_next(id);
        }
        break;
    case load_client::event::answered: answered(id); break;
    case load_client::event::broken:
        ++result_.failed;
        clients_[id]->close();
        if (!finished()) {
            open(id);
        }
    }
}

int generator::pause_ms() const {
    if (plan_.rate <= 0 || asked_ >= plan_.count || free_.empty()) {
        return 1000;
    }
    const auto left = due_time(started_, asked_, plan_.rate) - clock::now();
    return left <= clock::duration::zero() ? 0 : static_cast<int>(left / std::chrono::milliseconds(1));
}

load_result generator::run() {
    for (unsigned id = 0; id < plan_.connections; ++id) {
        clients_.push_back(std::make_unique<load_client>());
    }
    asking_.resize(plan_.connections);
    result_.latencies_ms.reserve(plan_.count);
    started_ = clock::now();
    auto last_progress = started_;
    unsigned opened = 0;
    std::uint64_t seen = 0;
    while (!finished()) {
        // Not all at once: an accept queue is finite.
        for (unsigned batch = 0; batch < 32 && opened < plan_.connections; ++batch) {
            open(opened++);
        }
        epoll_event events[256];
        const int count = ::epoll_wait(epoll_, events, 256, pause_ms());
        for (int i = 0; i < count; ++i) {
            handle(events[i].data.u32, clients_[events[i].data.u32]->go_on());
        }
        if (plan_.rate > 0) {
            ask_due();
        }
        if (result_.answered + result_.failed != seen) {
            seen = result_.answered + result_.failed;
            last_progress = clock::now();
        } else if (clock::now() - last_progress > std::chrono::duration<double>(plan_.patience_s)) {
            break;
        }
    }
    result_.seconds = std::chrono::duration<double>(clock::now() - started_).count();
    for (const auto& client : clients_) {
        result_.bytes_received += client->received();
    }
    if (plan_.mode == load_mode::idle) {
        std::printf("%s\n", result_.to_json().c_str());
        std::fflush(stdout);
        while (std::getchar() != EOF) {
        }
    }
    return std::move(result_);
}

void write_times(const load_result& result, const std::string& file) {
    if (file.empty()) {
        return;
    }
    std::ofstream out(file);
    for (const request_times& one : result.times) {
        out << one.number << ' ' << one.due_us << ' ' << one.answered_us << '\n';
    }
    if (!out.flush()) {
        throw std::runtime_error("cannot write " + file);
    }
}

void add_options(CLI::App& app, load_plan& plan) {
    const std::map<std::string, load_mode> modes{
        {"requests", load_mode::requests}, {"handshakes", load_mode::handshakes}, {"idle", load_mode::idle}};
    app.add_option("--mode", plan.mode, "requests, handshakes (one connection each) or idle (until stdin ends)")
        ->transform(CLI::CheckedTransformer(modes));
    app.add_option("--address", plan.address, "IPv4 address");
    app.add_option("--port", plan.port, "Port")->required();
    app.add_option("--cert", plan.certificate_file, "Client certificate, PEM");
    app.add_option("--key", plan.key_file, "Its key, PEM");
    app.add_option("--ca", plan.ca_file, "Who issued the server's certificate, PEM; without: plain HTTP");
    app.add_option("--connections", plan.connections, "At once")->check(CLI::Range(1U, 100000U));
    app.add_option("--count", plan.count, "Requests in all")->check(CLI::Range(1ULL, 1000000000ULL));
    app.add_option("--rate", plan.rate, "Requests a second; 0: closed loop");
    app.add_option("--method", plan.method, "HTTP method");
    app.add_option("--path", plan.path, "Target");
    app.add_option("--field", plan.fields, "Header field, \"Name: value\"");
    app.add_option("--body", plan.body_files, "Body file; several take turns; {{n}} becomes a number of 12 digits");
    app.add_option("--first", plan.first_number, "First number for {{n}}");
    app.add_flag("--resume", plan.resume, "handshakes: resume the session of the connection before");
    app.add_option("--times", plan.times_file,
                   "File for \"number due answered\" of each answer, Unix microseconds");
    app.add_option("--patience", plan.patience_s, "Seconds without progress before it gives up");
}

} // namespace
} // namespace tongban::bench

int main(int argc, char** argv) {
    using namespace tongban::bench;
    CLI::App app("Load over mutual TLS. Exit 0: all answered; 1: some were not; 2: could not run.");
    load_plan plan;
    add_options(app, plan);
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    rlimit descriptors{};
    getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
    if (plan.mode == load_mode::idle) {
        plan.count = plan.connections;
    }
    try {
        load_result result = generator(plan).run();
        write_times(result, plan.times_file);
        if (plan.mode != load_mode::idle) {
            std::printf("%s\n", result.to_json().c_str());
        }
        return result.failed == 0 && result.answered == plan.count ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "load: %s\n", e.what());
        return 2;
    }
}
