// A loaded dialect: the compiled plan behind the interface.
#include "connectors/dialects/answer.hpp"
#include "connectors/dialects/loaded_dialect.hpp"
#include "connectors/dialects/push_judge.hpp"
#include "connectors/dialects/reader.hpp"
#include "connectors/dialects/writer.hpp"

#include <fstream>
#include <iterator>

namespace tongban::dialects {

namespace {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor" // Boost's category has a protected, non-virtual one
class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "tongban.dialect"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
        case errc::wrong_encoding:
            return "wrong encoding";
        case errc::malformed:
            return "malformed message";
        case errc::too_large:
            return "message too large";
        case errc::too_deep:
            return "nested too deep";
        case errc::unknown_message:
            return "unknown message";
        case errc::unsupported_content_type:
            return "unsupported content type";
        case errc::signature_invalid:
            return "signature invalid";
        case errc::cannot_be_written:
            return "the format cannot say a field's text";
        }
        return "unknown";
    }
};
#pragma GCC diagnostic pop

} // namespace

const boost::system::error_category& dialect_category() noexcept {
    static const category instance;
    return instance;
}

boost::system::result<reading, refusal> loaded_dialect::read(const wire_message& message,
                                                             google::protobuf::Arena& arena) const {
    thread_local document doc;
    return read_message(*plan_, message, arena, doc, nullptr);
}

boost::system::result<dialect::writing, refusal>
loaded_dialect::write(std::span<const v1::CaseEvent* const> events) const {
    return write_message(*plan_, events);
}

std::optional<judgement> loaded_dialect::judge(int http_status, std::string_view content_type,
                                               std::string_view body) const {
    if (!plan_->push.answer) {
        return std::nullopt;
    }
    return judge_answer(*plan_, http_status, {content_type, body});
}

wire_answer loaded_dialect::answer(const answer_input& input, const reading* from) const {
    return make_answer(*plan_, input, from);
}

std::string mistake::text() const {
    return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + (field.empty() ? "" : field + ": ") +
           message.text() + (warning ? "（警告 / warning）" : "");
}

load_result load_dialect_text(std::string_view yaml, const std::string& file_name) {
    load_result result;
    if (auto plan = compile_dialect(yaml, file_name, result.mistakes)) {
        result.loaded = std::make_shared<loaded_dialect>(std::move(plan));
    }
    return result;
}

load_result load_dialect(const std::filesystem::path& file) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) {
        return {nullptr, {{file.string(), 1, 1, "", {"这是文件夹，请写其中的方言文件", "this is a folder: name the dialect files in it"}, false}}};
    }
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        return {nullptr, {{file.string(), 1, 1, "", {"无法读取文件", "cannot read the file"}, false}}};
    }
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return load_dialect_text(text, file.string());
}

} // namespace tongban::dialects
