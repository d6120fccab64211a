// What the load generator is asked to do, from its command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tongban::bench {

enum class load_mode {
    requests,   // on connections that stay open
    handshakes, // one connection per request
    idle,       // open, ask once, hold until standard input ends
};

struct load_plan {
    load_mode mode = load_mode::requests;
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::string certificate_file;
    std::string key_file;
    std::string ca_file; // empty: plain HTTP
    unsigned connections = 64;
    std::uint64_t count = 10000;
    double rate = 0; // requests a second; 0: closed loop, each connection asks again at once
    std::string method = "POST";
    std::string path = "/v1/messages";
    std::vector<std::string> fields; // "Content-Type: application/json"
    std::vector<std::string> body_files;
    std::uint64_t first_number = 1; // replaces {{n}} in bodies, path and fields, 12 digits
    bool resume = false;            // handshakes: with the ticket of the connection before
    double patience_s = 60;         // without any progress; then it ends with what it has
    std::string times_file;         // gets "number due answered" per answer, both in Unix microseconds; empty: none
};

// A request with the places where the number goes.
class request_template {
public:
    request_template(const load_plan& plan, const std::string& body);
    // Bytes to send, valid until the next call.
    const std::string& with_number(std::uint64_t number);

private:
    std::string bytes_;
    std::vector<std::size_t> places_;
};

// When the request with a number was due, and when it was answered; microseconds since 1970.
struct request_times {
    std::uint64_t number = 0;
    std::int64_t due_us = 0;
    std::int64_t answered_us = 0;
};

// What came of it; printed as one JSON object.
struct load_result {
    std::uint64_t answered = 0;
    std::uint64_t failed = 0; // no whole answer
    std::uint64_t connections = 0;
    std::uint64_t resumed = 0;
    std::uint64_t bytes_received = 0;
    double seconds = 0;
    std::vector<std::uint64_t> by_status = std::vector<std::uint64_t>(600);
    std::vector<float> latencies_ms; // open loop: from the moment the request was due
    std::vector<request_times> times; // only when a file shall have them
    std::string to_json();
};

} // namespace tongban::bench
