#include "gateway/inbox/timeline_files.hpp"

#include "gateway/ledger/dossier_files.hpp"
#include "gateway/ledger/material_view.hpp"
#include "gateway/ledger/record.hpp"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

namespace tongban::inbox {

namespace {

struct reason {
    std::string_view code;
    const char* zh;
    const char* en;
};

constexpr reason reasons[] = {
    {"host_not_allowed", "文件网址不是登记的 https 主机", "its address is no https address of a registered host"},
    {"expired", "文件网址已过期", "its address had expired"},
    {"address_refused", "文件网址指向不允许的网络", "its address leads into a network that is not allowed"},
    {"untrusted", "文件服务器的证书不可信", "the certificate of its server is not trusted"},
    {"wrong_digest", "内容与摘要不符", "it is not what its digest says"},
    {"wrong_size", "大小与声明不符", "it has another size than was said"},
    {"wrong_media_type", "类型与声明不符", "it is of another type than was said"},
    {"too_large", "文件过大", "it is too large"},
    {"type", "不接受这种类型的文件", "files of its type are not taken"},
    {"scan_refused", "未通过安全检查", "the scanner refused it"},
    {"not_sent", "文件一直没有上传", "it was never sent"},
};

struct words {
    std::string zh;
    std::string en;
};

words why(const v1::MaterialFailed& failed) {
    constexpr std::string_view answered = "http_";
    const auto known = std::ranges::find(reasons, failed.code(), &reason::code);
    if (known != std::end(reasons)) {
        return {known->zh, known->en};
    }
    words said{"取不到", "it could not be had"};
    if (failed.code().starts_with(answered)) {
        const auto status = failed.code().substr(answered.size());
        said = {"文件服务器答复 HTTP " + status, "its server answered HTTP " + status};
    }
    if (failed.attempts() > 1) {
        const auto count = std::to_string(failed.attempts());
        said.zh += "，共尝试" + count + "次";
        said.en += ", after " + count + " attempts";
    }
    return said;
}

// Which file of the event: "materials[0].files[1]", and the name of its material.
std::pair<std::string, std::string> named(const ledger::stored_event& said, const v1::MaterialFact& fact) {
    const auto dossier = ledger::open_event(said.record).dossier();
    std::uint32_t next = 0;
    for (const auto& material : dossier.materials()) {
        next += static_cast<std::uint32_t>(material.files_size());
        if (fact.file() < next) {
            return {ledger::place_of_file(dossier, fact.file()), material.name()};
        }
    }
    return {ledger::place_of_file(dossier, fact.file()), {}};
}

v1::TimelineEntry line_of(const ledger::material_view::outcome& one, const std::pair<std::string, std::string>& file) {
    v1::TimelineEntry line;
    line.set_event("MATERIAL_GIVEN_UP");
    line.set_event_zh("材料未取到");
    *line.mutable_recorded_at() = google::protobuf::util::TimeUtil::MillisecondsToTimestamp(one.recorded_ms);
    *line.mutable_occurred_at() = line.recorded_at();
    *line.mutable_received_at() = line.recorded_at();
    line.set_sender_role(v1::ROLE_GATEWAY);
    line.set_offset(one.offset);
    const auto& code = one.fact.failed().code();
    const auto said = why(one.fact.failed());
    const auto& [place, name] = file;
    line.set_said_zh((name.empty() ? place : name + "（" + place + "）") + "：" +
                     said.zh + "（" + code + "）");
    line.set_said_en(place + ": " + said.en + " (" + code + ")");
    return line;
}

} // namespace

boost::system::error_code add_files_given_up(const ledger::ledger& ledger, ledger::case_number number,
                                             const std::vector<ledger::stored_event>& events, const ledger::case_sight& sight,
                                             std::vector<v1::TimelineEntry>& lines) {
    const auto outcomes = ledger::material_view(ledger.rows()).outcomes_of(number);
    if (!outcomes) {
        return outcomes.error();
    }
    for (const auto& one : *outcomes) {
        if (!one.fact.has_failed()) {
            continue;
        }
        const auto said =
            std::ranges::find_if(events, [&](const auto& each) { return each.record.event_id() == one.fact.event_id(); });
        if (said == events.end() || !sight.sees(said->at.offset)) {
            continue;
        }
        auto line = line_of(one, named(*said, one.fact));
        const auto after = std::ranges::find_if(lines, [&](const auto& each) { return each.offset() > one.offset; });
        if (after != lines.begin()) {
            line.set_partition((after - 1)->partition());
            line.set_status((after - 1)->status());
            line.set_status_zh((after - 1)->status_zh());
        }
        lines.insert(after, std::move(line));
    }
    return {};
}

} // namespace tongban::inbox
