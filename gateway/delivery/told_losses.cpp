#include "gateway/delivery/told_losses.hpp"

#include "monitoring/log.hpp"

namespace tongban::delivery {

namespace {

// "dossier.materials[3].name" → "dossier.materials.name"
std::string without_positions(const std::string& field) {
    std::string text;
    bool inside = false;
    for (const char c : field) {
        inside = c == '[' || (inside && c != ']');
        if (!inside && c != ']') {
            text += c;
        }
    }
    return text;
}

} // namespace

told_losses& told_losses::of_process() {
    static told_losses all;
    return all;
}

std::vector<std::string> told_losses::news(const dialects::dialect& in, std::string_view event,
                                           const std::vector<v1::Violation>& lost) {
    std::vector<std::string> fields;
    if (lost.empty()) {
        return fields;
    }
    const std::string prefix = in.name() + ' ' + in.version() + ' ' + std::string(event) + ' ';
    const std::lock_guard lock(mutex_);
    for (const auto& one : lost) {
        auto field = without_positions(one.field());
        if (known_.size() >= known_max) {
            known_.clear();
        }
        if (known_.insert(prefix + field).second) {
            fields.push_back(std::move(field));
        }
    }
    return fields;
}

void told_losses::tell(const dialects::dialect& in, std::string_view event, const std::vector<v1::Violation>& lost) {
    std::string fields;
    for (const auto& field : news(in, event, lost)) {
        fields += (fields.empty() ? "" : ", ") + field;
    }
    if (!fields.empty()) {
        monitoring::log(monitoring::severity::warning, "delivery_loses_fields",
                        {{"dialect", in.name()}, {"version", in.version()}, {"of_event", event}, {"fields", fields}});
    }
}

} // namespace tongban::delivery
