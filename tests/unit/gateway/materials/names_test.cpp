// Names of files are made harmless, whatever is given.
#include "gateway/materials/file_name.hpp"

#include <gtest/gtest.h>

namespace tongban::materials {
namespace {

TEST(FileNames, PathsAndTricksAreTakenAway) {
    for (const auto& [given, kept] : std::vector<std::pair<std::string, std::string>>{
             {"身份证.pdf", "身份证.pdf"},
             {"䶮.pdf", "䶮.pdf"},
             {"../../etc/passwd", "passwd"},
             {"C:\\Users\\a\\b.pdf", "b.pdf"},
             {"a/..", "file"},
             {"....", "file"},
             {"", "file"},
             {"  .hidden", "hidden"},
             {"a\r\nSet-Cookie: x", "aSet-Cookie_ x"},
             {"a\"b", "a_b"},
             {std::string("a\0b", 3), "ab"},
             {"a\xe2\x80\xaegpj.exe", "agpj.exe"},
             {"bad\xff\xfeutf8", "bad__utf8"},
             {"a\xc0\xaf", "a__"},
         }) {
        EXPECT_EQ(safe_file_name(given), kept) << given;
    }
    const auto cut = safe_file_name(std::string(300, 'a') + ".pdf");
    EXPECT_EQ(cut.size(), 200U);
    EXPECT_TRUE(cut.ends_with("a.pdf"));
    std::string chinese;
    for (int i = 0; i < 100; ++i) {
        chinese += "证";
    }
    EXPECT_EQ(safe_file_name(chinese).size() % 3, 0U);
    const auto blank = safe_file_name(std::string(199, 'a') + " b" + std::string(100, 'c'));
    EXPECT_EQ(blank, std::string(199, 'a')) << "no blank is left where it was cut";
}

TEST(FileNames, OfAContentDisposition) {
    EXPECT_EQ(name_of_disposition("attachment; filename=\"a b.pdf\""), "a b.pdf");
    EXPECT_EQ(name_of_disposition("attachment; filename=a.pdf; x=y"), "a.pdf");
    EXPECT_EQ(name_of_disposition("attachment; filename=\"x.pdf\"; filename*=UTF-8''%E8%AF%81.pdf"), "证.pdf");
    EXPECT_EQ(name_of_disposition("attachment; FileName*=utf-8'zh'%E8%AF%81"), "证");
    EXPECT_EQ(name_of_disposition("attachment; filename=\"a\\\"b\""), "a_b");
    EXPECT_EQ(name_of_disposition("attachment; filename*=UTF-8''..%2F..%2Fx"), "x");
    for (const auto* none : {"", "attachment", "attachment;", "inline; name=x", "attachment; filename*=UTF-8''%zz",
                             "attachment; filename=", ";;;=;", "attachment; filename*=UTF-8''%"}) {
        EXPECT_EQ(name_of_disposition(none), "") << none;
    }
}

TEST(FileNames, AsAnAttachment) {
    EXPECT_EQ(attachment("a b.pdf"), "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
    EXPECT_EQ(attachment("证.pdf"), "attachment; filename=\"___.pdf\"; filename*=UTF-8''%E8%AF%81.pdf");
    EXPECT_EQ(attachment("a\"b\r\n"), "attachment; filename=\"a_b\"; filename*=UTF-8''a_b");
}

} // namespace
} // namespace tongban::materials
