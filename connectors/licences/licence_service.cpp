#include "connectors/licences/licence_service.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace tongban::licences {

namespace json = boost::json;
namespace asio = boost::asio;

namespace {

constexpr std::size_t text_bytes_max = 500;

licence_answer unreadable(std::string reason) {
    licence_answer answer;
    answer.reason = std::move(reason);
    return answer;
}

// ISO 8601, and a day of the calendar.
bool is_day(std::string_view text) {
    const bool in_form = text.size() == 10 && text[4] == '-' && text[7] == '-' &&
                         std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) == 8;
    if (!in_form) {
        return false;
    }
    const auto number = [&](std::size_t at, std::size_t length) {
        int value = 0;
        std::from_chars(text.data() + at, text.data() + at + length, value);
        return value;
    };
    const std::chrono::month month(static_cast<unsigned>(number(5, 2)));
    const std::chrono::day day(static_cast<unsigned>(number(8, 2)));
    return std::chrono::year_month_day(std::chrono::year(number(0, 4)), month, day).ok();
}

// A text member; false when it is something else, too long, or holds a NUL.
bool read_text(const json::object& from, std::string_view key, std::string& into) {
    const auto* value = from.if_contains(key);
    if (value == nullptr || value->is_null()) {
        return true;
    }
    if (!value->is_string() || value->get_string().size() > text_bytes_max ||
        value->get_string().find('\0') != json::string::npos) {
        return false;
    }
    into = std::string(value->get_string());
    return true;
}

bool read_validity(const json::object& from, v1::Certificate& into) {
    std::string valid_from;
    std::string valid_to;
    if (!read_text(from, "valid_from", valid_from) || !read_text(from, "valid_to", valid_to)) {
        return false;
    }
    into.set_long_term(valid_to == "长期" || valid_to == "9999-12-31"); // the last day there is stands for it
    if (into.long_term()) {
        valid_to.clear();
    }
    into.set_valid_from(valid_from);
    into.set_valid_to(valid_to);
    return (valid_from.empty() || is_day(valid_from)) && (valid_to.empty() || is_day(valid_to));
}

bool read_licence(const json::value& value, const licence_question& question, licence& into) {
    if (!value.is_object()) {
        return false;
    }
    const auto& from = value.get_object();
    auto& certificate = into.certificate;
    const bool texts = read_text(from, "type", into.type) && read_text(from, "ref", *certificate.mutable_licence_ref()) &&
                       read_text(from, "name", *certificate.mutable_name()) &&
                       read_text(from, "number", *certificate.mutable_number()) &&
                       read_text(from, "issuer", *certificate.mutable_issuer());
    return texts && read_validity(from, certificate) && !certificate.licence_ref().empty() &&
           std::find(question.types.begin(), question.types.end(), into.type) != question.types.end();
}

class by_https final : public licence_service {
public:
    explicit by_https(std::shared_ptr<push::push_port> through) : through_(std::move(through)) {}

    asio::awaitable<licence_answer> ask(licence_question question) override {
        push::push_request request;
        request.content_type = "application/json";
        request.body = question_text(question);
        request.repeatable = true; // it only reads
        request.headers = {{"X-Request-Id", question.request_id}};
        const auto answered = co_await through_->post(std::move(request));
        if (!answered) {
            auto failed = unreadable(answered.error().text);
            if (answered.error().code == push::errc::pool_busy) {
                failed.result = licence_result::busy;
            }
            co_return failed;
        }
        if (answered->status == 404) {
            licence_answer none;
            none.result = licence_result::none;
            co_return none;
        }
        if (answered->status == 429 || answered->status == 503) {
            auto later = unreadable("answered " + std::to_string(answered->status));
            later.result = licence_result::busy;
            later.retry_after = std::clamp(answered->retry_after.value_or(later.retry_after), std::chrono::seconds(1),
                                           std::chrono::seconds(3600));
            co_return later;
        }
        if (answered->status != 200 || answered->truncated) {
            co_return unreadable("answered " + std::to_string(answered->status) + (answered->truncated ? ", too long" : ""));
        }
        co_return read_answer(answered->body, question);
    }

private:
    const std::shared_ptr<push::push_port> through_;
};

} // namespace

std::string question_text(const licence_question& question) {
    json::array types;
    for (const auto& type : question.types) {
        types.emplace_back(type);
    }
    return json::serialize(json::object{{"case_id", question.case_id},
                                        {"item", question.item},
                                        {"licence_types", std::move(types)},
                                        {"holder", json::object{{"name", question.holder_name},
                                                                {"id_type", question.holder_id_type},
                                                                {"id_no", question.holder_id_no}}}});
}

licence_answer read_answer(std::string_view body, const licence_question& question) {
    boost::system::error_code error;
    const auto parsed = json::parse(json::string_view(body.data(), body.size()), error);
    const auto* root = error ? nullptr : parsed.if_object();
    const auto* list = root == nullptr ? nullptr : root->if_contains("licences");
    if (list == nullptr || !list->is_array()) {
        return unreadable("the answer is no JSON object with a list of licences");
    }
    if (list->get_array().size() > licences_max) {
        return unreadable("more than " + std::to_string(licences_max) + " licences");
    }
    licence_answer answer;
    for (const auto& one : list->get_array()) {
        if (!read_licence(one, question, answer.licences.emplace_back())) {
            return unreadable("licence " + std::to_string(answer.licences.size()) +
                              " has no reference, a type that was not asked for, or a malformed member");
        }
    }
    answer.result = answer.licences.empty() ? licence_result::none : licence_result::found;
    return answer;
}

std::unique_ptr<licence_service> https_licence_service(std::shared_ptr<push::push_port> through) {
    return std::make_unique<by_https>(std::move(through));
}

} // namespace tongban::licences
