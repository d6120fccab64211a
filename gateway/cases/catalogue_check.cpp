// The items' half of the check, and what both halves share.
#include "gateway/cases/automatic_rule.hpp"
#include "gateway/cases/catalogue_faults.hpp"
#include "gateway/cases/check_digits.hpp"

#include <algorithm>
#include <set>

namespace tongban::cases {

namespace {

struct bound {
    const char* field;
    std::uint32_t value;
    std::uint32_t most;
};

void check_numbers(const v1::CatalogueItem& item, catalogue_faults& faults) {
    const bound bounds[] = {{"onsite_visits", item.onsite_visits(), 20},
                            {"notice_days", item.notice_days(), 60},
                            {"delivery_days", item.delivery_days(), 365},
                            {"rectification_days", item.rectification_days(), 365},
                            {"archive_days", item.archive_days(), 365},
                            {"session_idle_minutes", item.session_idle_minutes(), 1440},
                            {"yellow_percent", item.yellow_percent(), 100},
                            {"opens_minute", item.opens_minute(), 1440},
                            {"closes_minute", item.closes_minute(), 1440}};
    for (const auto& one : bounds) {
        if (one.value > one.most) {
            faults.wrong(one.field, "不能大于 " + std::to_string(one.most) + "：" + std::to_string(one.value),
                         "at most " + std::to_string(one.most) + ": " + std::to_string(one.value));
        }
    }
    constexpr std::uint32_t lawful_notice_days = 5;
    if (item.notice_days() > lawful_notice_days) {
        faults.warn("notice_days", "超过行政许可法第三十二条的五个工作日，将推迟视为受理：" + std::to_string(item.notice_days()),
                    "is more than the five working days of the law (行政许可法 32), and puts deemed acceptance off: " +
                        std::to_string(item.notice_days()));
    }
    if (item.case_type() == v1::CASE_TYPE_COMMITMENT && item.has_promise() && item.promise().value() == 0) {
        faults.warn("promise", "承诺件的承诺时限为0：与即办件无异", "is nothing for a commitment item: as if it were immediate");
    }
    if ((item.opens_minute() != 0 || item.closes_minute() != 0) && item.opens_minute() >= item.closes_minute()) {
        faults.wrong("opens_minute", "办公时间的开始须早于结束", "opens after it closes");
    }
    constexpr std::int64_t fee_fen_max = 100'000'000'000; // a thousand million yuan
    if (item.has_fee_fen() && (item.fee_fen() < 0 || item.fee_fen() > fee_fen_max)) {
        faults.wrong("fee_fen", "收费不合常理：" + std::to_string(item.fee_fen()), "absurd fee: " + std::to_string(item.fee_fen()));
    }
}

void check_codes(const v1::CatalogueItem& item, catalogue_faults& faults) {
    const std::string_view code = item.impl_code();
    const auto& basic = item.basic_code();
    if (!basic.empty() && (basic.size() < 10 || basic.size() > 12)) {
        faults.wrong("basic_code", "基本编码应为10至12位：" + basic, "a basic code has 10 to 12 characters: " + basic);
    }
    if (code.empty() || (code.size() != 31 && code.size() > 24)) {
        faults.wrong("impl_code", "实施编码应为31位：18位统一社会信用代码、1位行使层级、12位基本编码",
                     "an implementation code has 31 characters: social credit code, level, basic code");
        return;
    }
    if (std::ranges::any_of(code, [](char c) { return c >= 'a' && c <= 'z'; }) && code.size() == 31) {
        faults.wrong("impl_code", "实施编码中的字母应为大写", "the letters of an implementation code must be capitals");
        return;
    }
    if (code.size() != 31) {
        faults.warn("impl_code", "为24位以内旧编码", "is a legacy code of up to 24 characters");
    } else {
        if (check_uscc(code.substr(0, 18)) != uscc_fault::none) {
            faults.wrong("impl_code", "其中统一社会信用代码校验位不符：" + std::string(code.substr(0, 18)),
                         "the social credit code inside has a wrong check digit: " + std::string(code.substr(0, 18)));
        }
        if (code[18] < '1' || code[18] > '7') {
            faults.wrong("impl_code", "第19位应为行使层级1至7", "character 19 must be a level, 1 to 7");
        } else if (item.level() != v1::AUTHORITY_LEVEL_UNSPECIFIED && code[18] - '0' != item.level()) {
            faults.warn("level", "与实施编码第19位不一致", "differs from character 19 of the implementation code");
        }
        if (basic.size() == 12 && code.substr(19) != basic) {
            faults.wrong("basic_code", "与实施编码后12位不一致", "differs from the last 12 characters of the implementation code");
        }
    }
    const auto& handling = item.handle_item_code();
    if (!handling.empty() && (handling.size() != code.size() + 2 || !handling.starts_with(code))) {
        faults.wrong("handle_item_code", "应为实施编码加2位", "must be the implementation code and two characters");
    }
}

// Where a text stands again, -1 when nowhere. Scanned for each pair: lists are short, and a set would cost more than all else.
template <class List, class Key>
int again(const List& list, Key key) {
    for (int i = 1; i < list.size(); ++i) {
        for (int j = 0; j < i; ++j) {
            if (!key(list[i]).empty() && key(list[i]) == key(list[j])) {
                return i;
            }
        }
    }
    return -1;
}

void check_lists(const v1::CatalogueItem& item, catalogue_faults& faults) {
    constexpr int materials_max = 200;
    const auto& materials = item.materials();
    if (materials.size() > materials_max || item.situations_size() > materials_max) {
        faults.wrong("materials", "材料或情形超过200项", "more than 200 materials or situations");
        return;
    }
    for (int i = 0; i < materials.size(); ++i) {
        const auto& one = materials[i];
        const auto field = [i](const char* name) { return "materials[" + std::to_string(i) + "]." + name; };
        if (one.name().empty()) {
            faults.wrong(field("name"), "材料没有名称", "the material has no name");
        }
        check_material(one, field(""), faults);
    }
    const auto code_of = [](const auto& one) -> const std::string& { return one.code(); };
    if (const int at = again(materials, code_of); at >= 0) {
        faults.wrong("materials[" + std::to_string(at) + "].code", "材料编码重复：" + materials[at].code(),
                     "a material's code stands twice: " + materials[at].code());
    }
    // Filings may name materials by name alone, and one file would count for both.
    if (const int at = again(materials, [](const auto& one) -> const std::string& { return one.name(); }); at >= 0) {
        faults.wrong("materials[" + std::to_string(at) + "].name", "材料名称重复：" + materials[at].name(),
                     "a material's name stands twice: " + materials[at].name());
    }
    if (const int at = again(item.situations(), code_of); at >= 0) {
        faults.wrong("situations", "情形编码重复：" + item.situations(at).code(),
                     "a situation's code stands twice: " + item.situations(at).code());
    }
}

void check_automatic(const v1::AutomaticHandling& automatic, catalogue_faults& faults) {
    constexpr int conditions_max = 50;
    constexpr int values_max = 500;
    if (!automatic.handler().empty() && !automatic.conditions().empty()) {
        faults.wrong("automatic.conditions", "自动审批接口与自动审批条件只能写一种",
                     "an item is decided by a handler or by conditions, not both");
    }
    if (automatic.handler().size() > 64) {
        faults.wrong("automatic.handler", "自动审批接口名称最多64字节", "a handler's name has at most 64 bytes");
    }
    if (automatic.conditions_size() > conditions_max) {
        faults.wrong("automatic.conditions", "自动审批条件超过50项", "more than 50 conditions");
    }
    for (const auto& condition : automatic.conditions()) {
        const bool of_material = condition.field().starts_with(material_condition);
        if (condition.field().empty() || condition.field().size() > 200 || condition.field() == material_condition) {
            faults.wrong("automatic.conditions", "条件没有字段名或过长", "a condition names no field, or too long a one");
        }
        if (condition.values_size() > values_max || (of_material && !condition.values().empty())) {
            faults.wrong("automatic.conditions", "条件取值过多，或材料条件写了取值：" + condition.field(),
                         "too many values, or values of a material: " + condition.field());
        }
    }
}

// A warning: without the handler a person decides, and the partner file may come later.
void check_handler(const v1::CatalogueItem& item, const check_settings& settings, catalogue_faults& faults) {
    const auto& name = item.automatic().handler();
    if (!name.empty() && settings.knows_handler && !settings.knows_handler(item.region(), name)) {
        faults.warn("automatic.handler", "办理地 " + item.region() + " 的接入单位没有这个自动审批接口，将转人工办理：" + name,
                    "no partner of region " + item.region() + " has an automatic handler of this name, so a person decides: " + name);
    }
}

void check_item(const item_row& row, catalogue_faults& faults) {
    const auto& item = *row.item;
    if (!is_region_code(item.region())) {
        faults.wrong("region", "应为6位行政区划代码：" + item.region(), "must be a region code of 6 digits: " + item.region());
    }
    check_codes(item, faults);
    if (item.name().empty() || item.name().size() > 800) {
        faults.wrong("name", "事项名称应为1至200字", "the name must have 1 to 200 characters");
    }
    if (item.version().empty() || item.version().size() > 50) {
        faults.wrong("version", "版本应为1至50字节", "the version must have 1 to 50 bytes");
    }
    check_validity(item.valid_from(), item.valid_to(), faults);
    if (!item.item_class().empty() && row.class_number < 0) {
        faults.wrong("item_class", "未登记的事项类别：" + item.item_class(), "unknown item class: " + item.item_class());
    }
    if (item.case_type() == v1::CASE_TYPE_UNSPECIFIED) {
        faults.wrong("case_type", "须写明即办件或承诺件", "must say whether immediate or commitment");
    }
    check_limits(item, faults);
    check_numbers(item, faults);
    check_lists(item, faults);
    check_automatic(item.automatic(), faults);
    check_body(item.owner(), "owner.uscc", faults);
    check_body(item.deciding(), "deciding.uscc", faults);
}

// Rows of one code stand together, in the order of their first day.
void check_against_earlier(std::span<const item_row> rows, std::size_t at, catalogue_faults& faults) {
    constexpr std::size_t looked_at = 50;
    const auto& row = rows[at];
    const auto& version = row.item->version();
    for (std::size_t back = 1; back <= std::min(at, looked_at); ++back) {
        const auto& before = rows[at - back];
        if (before.region != row.region || before.impl_code() != row.impl_code()) {
            return;
        }
        if (before.item->version() == version) {
            faults.wrong("version", "同一实施编码和版本重复：" + version, "this code and version stand twice: " + version);
            return;
        }
        if (before.valid.overlaps(row.valid)) {
            faults.wrong("valid_from", "有效期与版本 " + before.item->version() + " 重叠",
                         "in force at the same time as version " + before.item->version());
            return;
        }
    }
}

void check_header(const catalogue& read, catalogue_faults& faults) {
    faults.about(catalogue_fault::subject::whole, 0);
    const auto& classes = read.header().classes();
    if (classes.size() > static_cast<int>(item_classes_max)) {
        faults.wrong("classes", "事项类别最多20个：" + std::to_string(classes.size()),
                     "at most 20 item classes: " + std::to_string(classes.size()));
    }
    std::set<std::string_view> codes;
    for (const auto& one : classes) {
        if (one.code().empty() || one.code().size() > 40) {
            faults.wrong("classes", "类别编码应为1至40字节", "a class's code must have 1 to 40 bytes");
        } else if (!codes.insert(one.code()).second) {
            faults.wrong("classes", "类别编码重复：" + one.code(), "a class's code stands twice: " + one.code());
        }
    }
    if (read.rows().size() > catalogue_items_max || read.agreements().size() > catalogue_agreements_max ||
        read.bundles().size() > catalogue_bundles_max) {
        faults.wrong("", "事项、协议或一件事过多", "too many items, agreements or bundles");
    }
}

} // namespace

bool is_region_code(std::string_view region) noexcept {
    return region.size() == 6 && std::ranges::all_of(region, [](char c) { return c >= '0' && c <= '9'; }) &&
           is_province(region.substr(0, 2));
}

void check_validity(std::string_view from, std::string_view to, catalogue_faults& faults) {
    const auto first = day_of(from);
    const auto last = day_of(to);
    if (!from.empty() && !first) {
        faults.wrong("valid_from", "不是日期：" + std::string(from), "is no day: " + std::string(from));
    }
    if (!to.empty() && !last) {
        faults.wrong("valid_to", "不是日期：" + std::string(to), "is no day: " + std::string(to));
    }
    if (first && last && *first > *last) {
        faults.wrong("valid_to", "早于生效日期", "is before the first day");
    }
}

void check_body(const v1::Organisation& body, const std::string& field, catalogue_faults& faults) {
    if (!body.uscc().empty() && check_uscc(body.uscc()) != uscc_fault::none) {
        faults.wrong(field, "统一社会信用代码不正确：" + body.uscc(), "wrong social credit code: " + body.uscc());
    }
}

std::vector<catalogue_fault> catalogue_faults::take() && {
    std::stable_sort(found_.begin(), found_.end(), [](const catalogue_fault& a, const catalogue_fault& b) {
        return std::pair(a.of, a.position) < std::pair(b.of, b.position);
    });
    if (more_wrong_) {
        found_.push_back({subject::whole, 0, "", "还有更多错误未列出", "there are more mistakes than are listed", false});
    }
    if (more_warned_) {
        found_.push_back({subject::whole, 0, "", "还有更多提醒未列出", "there are more warnings than are listed", true});
    }
    return std::move(found_);
}

void check_items(const catalogue& read, const check_settings& settings, catalogue_faults& faults) {
    const auto rows = read.rows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        faults.about(catalogue_fault::subject::item, rows[i].position);
        check_item(rows[i], faults);
        check_handler(*rows[i].item, settings, faults);
        check_against_earlier(rows, i, faults);
    }
}

std::vector<catalogue_fault> check_catalogue(const catalogue& read, const check_settings& settings) {
    catalogue_faults faults;
    check_header(read, faults);
    check_items(read, settings, faults);
    check_agreements(read, settings, faults);
    check_bundles(read, settings, faults);
    return std::move(faults).take();
}

} // namespace tongban::cases
