#include "gateway/intake/violation_at.hpp"

namespace tongban::intake {

v1::Violation violation_at(const dialects::translated_event& translated, std::string field, std::string rule, std::string zh,
                           std::string en) {
    v1::Violation told;
    told.set_source_path(translated.source_path(field));
    told.set_field(std::move(field));
    told.set_rule(std::move(rule));
    told.set_message_zh(std::move(zh));
    told.set_message_en(std::move(en));
    return told;
}

v1::Violation warning_at(const dialects::translated_event& translated, std::string field, std::string rule, std::string zh,
                         std::string en) {
    auto told = violation_at(translated, std::move(field), std::move(rule), std::move(zh), std::move(en));
    told.set_warning(true);
    return told;
}

} // namespace tongban::intake
