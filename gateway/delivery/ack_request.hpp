// The body of POST /v1/deliveries/ack and its answer:
//
//   {"acks": [{"id": "TB…-3-140400"}, {"id": "…", "taken": false, "reason_code": "E42", "retry_after_seconds": 60}]}
//
// Each acknowledgement is answered for itself; one that is wrong does not spoil the others.
#pragma once

#include "gateway/delivery/report.hpp"
#include "gateway/http/problem.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace tongban::delivery {

struct acknowledgement {
    std::string id_text;
    v1::DeliveryId id;
    bool taken = true;
    std::string reason_code; // of a refusal: the platform's own code, 1 to 64 bytes
    std::chrono::seconds retry_after{60};
    std::string wrong_zh; // what is wrong with it; empty when nothing is
    std::string wrong_en;
};

// The problem when the body as a whole is none, or holds more than `most`.
boost::system::result<std::vector<acknowledgement>, http::problem> parse_acks(std::string_view body, std::size_t most);

// The answer, filled in as outcomes become known; each acknowledgement has a status of HTTP.
class ack_answers {
public:
    explicit ack_answers(const std::vector<acknowledgement>& acks); // those that are wrong have their answer: 422

    void foreign(std::size_t i);                                // 403: of a region that is not the sender's
    void unknown(std::size_t i);                                // 404
    void settled(std::size_t i, v1::DeliveryStatus as);         // the same answer as the first time
    void put_off(std::size_t i, bool spent);                    // a refusal that counts; `spent`: the last one there was room for
    void told(std::size_t i, const fact_outcome& outcome);      // what settled nothing

    int status() const; // 200 when all have 200, else 207
    std::string outcome() const;
    std::string body() const;

private:
    struct answer {
        std::string id;
        int status = 500;
        std::string result;
        std::string message_zh;
        std::string message_en;
    };
    std::vector<answer> answers_;
};

} // namespace tongban::delivery
