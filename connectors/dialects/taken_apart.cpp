// Whether texts that reading puts together can be taken apart again when they are written.
#include "connectors/dialects/plan_loader.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {

// Whether the step leaves the text between two values as it stands.
bool leaves(const transform& t, const std::string& between) {
    flowing_value value;
    const std::string all = "1" + between + "1";
    value.text = all;
    transform_buffers buffers;
    transform_fault fault;
    return apply(t, value, {}, buffers, fault) == step_outcome::ok && value.text == all;
}

// Written by its first format, a time of day stands behind its date: without the text between them both are one.
bool format_has(const transform& t, const std::string& between) {
    const auto& format = t.formats.front();
    if (format.style != time_format::kind::pattern || !format.has_time) {
        return true;
    }
    std::string printed;
    print_time(format, {}, t.zone_minutes, printed);
    return printed.find(between) != std::string::npos;
}

} // namespace

sentence not_taken_apart(const field_rule& rule) {
    if (!rule.joins || rule.from.size() < 2) {
        return {};
    }
    if (rule.join.empty()) {
        return {"没有分隔符的拼接文本不能拆开", "joined texts without a separator cannot be taken apart"};
    }
    for (const auto& step : rule.steps) {
        bool kept = true;
        switch (step.kind) {
        case transform_kind::half_width:
        case transform_kind::upper:
        case transform_kind::lower:
        case transform_kind::strip:
        case transform_kind::phone:
        case transform_kind::id:
            kept = leaves(step, rule.join);
            break;
        case transform_kind::limit:
            kept = false;
            break;
        case transform_kind::date:
        case transform_kind::time:
            kept = format_has(step, rule.join);
            break;
        default:
            break;
        }
        if (!kept) {
            const std::string name(step.name());
            return {"步骤“" + name + "”不保留拼接的分隔符“" + rule.join + "”，不能拆开",
                    "the step '" + name + "' does not keep '" + rule.join + "', so that the joined texts cannot be taken apart"};
        }
    }
    return {};
}

} // namespace tongban::dialects
