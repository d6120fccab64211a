// The lists themselves: names of fields in the shared schema beside the headers cities use.
#include "connectors/catalogue/field_rules.hpp"

#include <algorithm>

namespace tongban::catalogue {

std::span<const field_rule> item_rules() {
    using kind = value_kind;
    static const std::vector<field_rule> rules = {
        {"region", "region", kind::region, {"业务属地", "办理地", "所属区划", "行政区划代码", "区划代码"}},
        {"impl_code", "impl_code", kind::code, {"实施编码", "事项实施编码", "事项编码"}},
        {"version", "version", kind::text, {"版本", "事项版本", "版本号"}},
        {"name", "name", kind::text, {"事项名称", "名称"}},
        {"basic_code", "basic_code", kind::code, {"基本编码", "事项基本编码"}},
        {"handle_item_code", "handle_item_code", kind::code, {"业务办理项编码"}},
        {"valid_from", "valid_from", kind::day, {"生效日期", "启用日期"}},
        {"valid_to", "valid_to", kind::day, {"失效日期", "有效期至"}},
        {"type", "type", kind::word, {"事项类型"}},
        {"level", "level", kind::word, {"行使层级"}},
        {"scope", "scope", kind::word, {"通办范围"}},
        {"modes", "modes", kind::words, {"通办方式"}},
        {"class", "item_class", kind::code, {"事项类别", "类别"}},
        {"case_type", "case_type", kind::word, {"办件类型"}},
        {"promise", "promise", kind::limit, {"承诺时限", "承诺办结时限"}},
        {"statutory", "statutory", kind::limit, {"法定时限", "法定办结时限"}},
        {"situations", "situations", kind::situations, {"情形"}},
        {"materials", "materials", kind::materials, {"申请材料", "材料", "材料清单"}},
        {"onsite_visits", "onsite_visits", kind::count, {"到办事现场次数", "到现场次数", "跑动次数"}},
        {"online_depth", "online_depth", kind::word, {"网上办理深度"}},
        {"fee", "fee_fen", kind::yuan, {"收费（元）", "收费金额", "收费"}},
        {"fee_basis", "fee_basis", kind::text, {"收费依据"}},
        {"office_hours", "opens_minute", kind::hours, {"办公时间", "窗口办公时间"}},
        {"notice_days", "notice_days", kind::count, {"补正告知期限（工作日）", "补正告知期限"}},
        {"never_deemed_accepted", "never_deemed_accepted", kind::flag, {"不适用视为受理"}},
        {"supplement", "supplement", kind::limit, {"补正期限"}},
        {"delivery_days", "delivery_days", kind::count, {"送达期限（工作日）", "送达期限"}},
        {"yellow_percent", "yellow_percent", kind::count, {"预警比例（%）", "预警比例"}},
        {"owner_name", "owner.name", kind::text, {"实施主体", "实施主体名称"}},
        {"owner_uscc", "owner.uscc", kind::code, {"实施主体代码", "实施主体统一社会信用代码"}},
        {"deciding_name", "deciding.name", kind::text, {"决定机构", "决定机构名称"}},
        {"deciding_uscc", "deciding.uscc", kind::code, {"决定机构代码", "决定机构统一社会信用代码"}},
        {"other_versions", "other_versions", kind::word, {"其他版本"}},
        {"certificate_before_cleared", "certificate_before_cleared", kind::flag, {"容缺补齐前可发证"}},
        {"rectification_days", "rectification_days", kind::count, {"差评整改期限（工作日）", "差评整改期限"}},
        {"archive_days", "archive_days", kind::count, {"档案材料答复期限（工作日）", "档案材料答复期限"}},
        {"session_idle_minutes", "session_idle_minutes", kind::count, {"会话空闲时限（分钟）", "会话空闲时限"}},
        {"material_may_follow", "material_may_follow", kind::flag, {"材料可后补"}},
        {"automatic_handler", "automatic.handler", kind::code, {"自动审批接口", "秒批接口"}},
        {"automatic_conditions", "automatic.conditions", kind::conditions, {"自动审批条件", "秒批条件"}},
    };
    return rules;
}

std::span<const field_rule> material_rules() {
    using kind = value_kind;
    static const std::vector<field_rule> rules = {
        {"code", "code", kind::code, {"材料编码"}},
        {"name", "name", kind::text, {"材料名称"}},
        {"required", "required", kind::flag, {"必要性", "是否必要"}},
        {"source", "source", kind::word, {"材料来源"}},
        {"copies", "copies", kind::count, {"份数", "材料份数"}},
        {"tolerance", "tolerance", kind::flag, {"可容缺", "是否容缺", "是否可容缺"}},
        {"tolerance_limit", "tolerance_limit", kind::limit, {"容缺补齐期限"}},
        {"consequence", "consequence", kind::word, {"容缺逾期后果", "逾期后果"}},
        {"commitment", "commitment", kind::flag, {"可告知承诺", "是否告知承诺"}},
        {"licence_type", "licence_type", kind::text, {"可用电子证照", "电子证照"}},
    };
    return rules;
}

std::span<const field_rule> agreement_rules() {
    using kind = value_kind;
    static const std::vector<field_rule> rules = {
        {"id", "id", kind::code, {"协议编号"}},
        {"name", "name", kind::text, {"协议名称"}},
        {"origins", "origins", kind::regions, {"收件地"}},
        {"destinations", "destinations", kind::regions, {"办理地"}},
        {"mutual", "mutual", kind::flag, {"双向"}},
        {"all_items", "all_items", kind::flag, {"全部事项"}},
        {"classes", "item_classes", kind::codes, {"事项类别"}},
        {"items", "items", kind::codes, {"事项编码", "事项"}},
        {"modes", "modes", kind::words, {"通办方式"}},
        {"valid_from", "valid_from", kind::day, {"生效日期"}},
        {"valid_to", "valid_to", kind::day, {"失效日期", "有效期至"}},
        {"rules_version", "rules_version", kind::text, {"运行管理办法", "运行管理办法版本"}},
        {"accepts_by_mandate", "accepts_by_mandate", kind::flag, {"异地受理"}},
        {"delegations", "delegations", kind::delegations, {"委托决定"}},
    };
    return rules;
}

const field_rule* rule_by_key(std::span<const field_rule> rules, std::string_view key) {
    const auto found = std::ranges::find(rules, key, &field_rule::key);
    return found == rules.end() ? nullptr : &*found;
}

const field_rule* rule_by_header(std::span<const field_rule> rules, std::string_view header) {
    for (const auto& rule : rules) {
        if (std::ranges::find(rule.headers, header) != rule.headers.end()) {
            return &rule;
        }
    }
    return nullptr;
}

} // namespace tongban::catalogue
