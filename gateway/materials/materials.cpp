#include "gateway/materials/materials.hpp"

#include "gateway/http/case_problem.hpp"
#include "gateway/materials/fetching.hpp"
#include "gateway/materials/housekeeping.hpp"
#include "gateway/materials/keeping.hpp"
#include "gateway/materials/room.hpp"

#include <iterator>

namespace tongban::materials {

material_metrics::material_metrics(monitoring::registry& metrics)
    : uploads(metrics.make_counter_family("tongban_materials_uploads_total", "Files sent to the gateway, by how it ended.",
                                          {"outcome"}, 40)),
      uploaded_bytes(metrics.make_counter("tongban_materials_uploaded_bytes_total", "Bytes of files received.")),
      reads(metrics.make_counter_family("tongban_materials_reads_total", "Reads of files, by how they were answered.",
                                        {"outcome"}, 40)),
      read_bytes(metrics.make_counter("tongban_materials_read_bytes_total", "Bytes of files read from the object store.")),
      reading(metrics.make_gauge("tongban_materials_reading", "Files being sent.")),
      lifted(metrics.make_counter_family("tongban_materials_lifted_total",
                                         "Files in messages that went to the object store, or could not.", {"outcome"}, 5)),
      limits(metrics.make_counter_family("tongban_materials_limit_total", "Calls about files refused by a bound.", {"limit"},
                                         20)),
      store_errors(metrics.make_counter_family("tongban_materials_store_errors_total",
                                               "Errors of the object store, by what was asked and what came of it.",
                                               {"operation", "kind"}, 60)),
      scans(metrics.make_counter_family("tongban_materials_scans_total", "Files that the scanner was asked about, by its answer.",
                                        {"outcome"}, 5)) {}

void material_metrics::count_scan(objects::scan_verdict verdict) const {
    using objects::scan_verdict;
    scans.with({verdict == scan_verdict::clean ? "clean" : verdict == scan_verdict::refused ? "refused" : "unavailable"}).add();
}

void material_metrics::count_if_crowded(boost::system::error_code error) const {
    if (error == staging_errc::crowded) {
        limits.with({"unfinished"}).add();
    }
}

void known_digests::remember(const std::string& name, const std::string& sm3) {
    constexpr std::size_t most = 20'000; // 3 MB
    const std::lock_guard lock(mutex_);
    if (sm3_.size() >= most) {
        sm3_.clear(); // what is asked for again is read again
    }
    sm3_[name] = sm3;
}

void damaged_files::note(const std::string& name, time written_at) {
    constexpr std::size_t most = 10'000;
    const std::lock_guard lock(mutex_);
    if (found_.size() < most) {
        found_[name] = written_at;
    }
}

bool damaged_files::has(const std::string& name, time written_at) const {
    const std::lock_guard lock(mutex_);
    const auto found = found_.find(name);
    return found != found_.end() && found->second == written_at;
}

std::optional<std::string> known_digests::sm3_of(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = sm3_.find(name);
    return found == sm3_.end() ? std::nullopt : std::optional(found->second);
}

void verdicts::remember(const std::string& name, objects::scan_verdict verdict) {
    constexpr std::size_t most = 20'000;
    constexpr std::chrono::minutes kept{10}; // a scanner learns
    const std::lock_guard lock(mutex_);
    if (said_.size() >= most) {
        said_.clear(); // what comes again is scanned again
    }
    said_[name] = {verdict, std::chrono::steady_clock::now() + kept};
}

std::optional<objects::scan_verdict> verdicts::take(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = said_.extract(name);
    const bool counts = !found.empty() && std::chrono::steady_clock::now() < found.mapped().until;
    return counts ? std::optional(found.mapped().verdict) : std::nullopt;
}

bool budgets::begin(const std::string& partner, std::size_t at_once_max) {
    const std::lock_guard lock(mutex_);
    auto& standing = accounts_[partner];
    if (standing.at_once >= at_once_max) {
        return false;
    }
    ++standing.at_once;
    return true;
}

void budgets::end(const std::string& partner) {
    const std::lock_guard lock(mutex_);
    --accounts_[partner].at_once;
}

bool budgets::spend(const std::string& partner, std::uint64_t bytes, std::uint64_t day_max) {
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()).time_since_epoch().count();
    const std::lock_guard lock(mutex_);
    auto& standing = accounts_[partner];
    if (standing.day != today) {
        standing.day = today;
        standing.bytes = 0;
    }
    standing.bytes += bytes;
    return standing.bytes <= day_max;
}

bool places::take(std::size_t most) {
    auto taken = taken_.load();
    while (taken < most && !taken_.compare_exchange_weak(taken, taken + 1)) {
    }
    return taken < most;
}

void places::give_back() {
    --taken_;
}

room::room(const material_parts& given, monitoring::registry& registry)
    : parts(given), types(given.settings.types), arrivals(given.settings.staging, given.settings.unfinished),
      metrics(registry),
      store(std::make_shared<guarded_store>(given.store, store_patience{.hanging_max = given.settings.workers}, registry)),
      disk("files", {given.settings.workers, given.settings.queue_max, given.settings.workers}, registry),
      shelf("store", {given.settings.workers, given.settings.queue_max, given.settings.workers}, registry),
      // Half of them for one partner: what hangs of one leaves room for the others'.
      scans("scans", {given.settings.workers * 2, given.settings.queue_max, given.settings.workers}, registry) {}

materials::materials(const material_parts& parts, monitoring::registry& metrics)
    : room_(std::make_shared<room>(parts, metrics)), housekeeping_(std::make_unique<housekeeping>(room_, metrics)),
      metrics_(metrics) {
    // The registry outlives the room: its gauges say nothing once that is gone.
    const auto figure = [weak = std::weak_ptr(room_)](auto value) {
        return [weak, value](monitoring::registry::collected& out) {
            if (const auto alive = weak.lock()) {
                out.push_back({{}, static_cast<double>(value(alive->arrivals.all()))});
            }
        };
    };
    metrics.make_collected_gauge("tongban_materials_unfinished", "Uploads that are not finished.",
                                 figure([](const staging::figures& f) { return f.uploads; }));
    metrics.make_collected_gauge("tongban_materials_unfinished_bytes", "Bytes of uploads that are not finished.",
                                 figure([](const staging::figures& f) { return f.bytes; }));
}

materials::~materials() {
    stop();
}

std::vector<http::route> materials::routes() {
    auto routes = upload_routes(room_);
    auto more = reading_routes(room_);
    std::move(more.begin(), more.end(), std::back_inserter(routes));
    return routes;
}

void materials::fetch_for(std::function<bool(std::uint32_t)> owns, const boost::asio::any_io_executor& executor) {
    fetching_ = std::make_unique<fetching>(room_, std::move(owns), executor, metrics_);
    fetching_->start();
}

void materials::stop_fetching() {
    fetching_.reset(); // its timer must not outlive the executor
}

void materials::stop() {
    stop_fetching();
    housekeeping_->stop();
    room_->disk.stop();
    room_->shelf.stop();
    room_->scans.stop();
}

boost::system::result<std::shared_ptr<const security::partner>, http::problem> caller(const http::request& request,
                                                                                      const room& in) {
    auto partner = request.certificate ? in.parts.partners.get()->identify(*request.certificate) : nullptr;
    if (!partner) {
        return http::unknown_partner();
    }
    if (partner->role != v1::ROLE_WINDOW && partner->role != v1::ROLE_PLATFORM) {
        return http::not_your_role("platform, window");
    }
    return partner;
}

boost::asio::awaitable<workers::end> at_store(std::shared_ptr<room> in, std::string partner, workers::time_point until,
                                              std::function<void()> job) {
    if (in->store->is_away()) {
        co_return workers::end::dropped;
    }
    co_return co_await in->shelf.run_until(until, std::move(partner), std::move(job));
}

http::problem busy() {
    return http::make_problem(503, "busy", "网关繁忙：文件处理队列已满", "Busy: the queue for files is full", 2);
}

std::string_view kind_of(boost::system::error_code error) noexcept {
    if (error == objects::errc::full || error == staging_errc::full) {
        return "full";
    }
    if (error == objects::errc::unavailable) {
        return "unavailable";
    }
    if (error == objects::errc::denied) {
        return "denied";
    }
    if (error == objects::errc::not_found) {
        return "not_found";
    }
    if (error == objects::errc::leaving) {
        return "leaving";
    }
    return error == objects::errc::damaged ? "damaged" : "failed";
}

http::problem problem_of(boost::system::error_code error) {
    if (error == objects::errc::full || error == staging_errc::full) {
        return http::make_problem(507, "storage-full", "材料存储空间已满，文件未保存", "No space is left: the file was not kept", 60);
    }
    if (error == staging_errc::crowded) {
        return http::make_problem(429, "too-many-uploads", "未完成的上传过多，请先完成或取消",
                            "Too many unfinished uploads: finish or cancel some", 30);
    }
    if (error == staging_errc::taken_over) {
        return http::make_problem(409, "upload-taken-over", "该上传已由另一请求继续", "Another request goes on with this upload");
    }
    if (error == staging_errc::wrong_length) {
        return http::make_problem(400, "wrong-length", "内容长于声明的长度", "More bytes than were announced");
    }
    if (error == objects::errc::leaving) {
        return http::make_problem(503, "material-leaving", "同一文件长期无人引用，正被清理，请一分钟后重新上传",
                            "The same file, which nobody referenced for long, is being removed: send it again in a minute",
                            static_cast<int>(leaving_lasts.count()));
    }
    return http::make_problem(503, "store-unavailable", "材料存储暂不可用，请稍后重试",
                        "The object store cannot be used now: try again", 5);
}

} // namespace tongban::materials
