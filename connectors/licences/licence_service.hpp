// Where electronic licences 电子证照 of a person or organisation are asked for: by type and holder, for one case. What comes
// back is what the service says now; nothing is kept here, so no answer is ever an old one.
#pragma once

#include "connectors/push/push_client.hpp"
#include "tongban/v1/dossier.pb.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::licences {

inline constexpr std::size_t licences_max = 50; // in one answer

struct licence_question {
    std::string case_id;
    std::string request_id;
    std::string item;               // 实施编码: the purpose
    std::vector<std::string> types; // 证照类型
    std::string holder_name;
    std::string holder_id_type;
    std::string holder_id_no;
};

struct licence {
    std::string type;
    v1::Certificate certificate;
};

enum class licence_result {
    found,
    none,        // the holder has none of these types
    busy,        // as many questions as may be are under way, or the service says "later"
    unavailable, // it did not answer in time, or not as it should
};

struct licence_answer {
    licence_result result = licence_result::unavailable;
    std::vector<licence> licences;
    std::chrono::seconds retry_after{5};
    std::string reason; // for logs: nothing of question or answer
};

class licence_service {
public:
    virtual ~licence_service() = default;
    virtual boost::asio::awaitable<licence_answer> ask(licence_question question) = 0;
};

// JSON over HTTPS with mutual TLS; docs/licences.md has the two bodies.
std::unique_ptr<licence_service> https_licence_service(std::shared_ptr<push::push_port> through);

// The two bodies, apart from who carries them.
std::string question_text(const licence_question& question);
licence_answer read_answer(std::string_view body, const licence_question& question);

} // namespace tongban::licences
