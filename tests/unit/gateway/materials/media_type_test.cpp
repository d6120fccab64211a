// What a file is, by its first bytes.
#include "gateway/materials/materials.hpp"
#include "gateway/materials/media_type.hpp"

#include <gtest/gtest.h>

namespace tongban::materials {
namespace {

using namespace std::string_literals;

TEST(MediaTypes, ByContent) {
    const auto zip = [](const std::string& name) { return "PK\x03\x04"s + std::string(26, '\0') + name; };
    for (const auto& [head, type] : std::vector<std::pair<std::string, std::string>>{
             {"%PDF-1.7\n", "application/pdf"},
             {"\xff\xd8\xff\xe0"s, "image/jpeg"},
             {"\x89PNG\r\n\x1a\n"s, "image/png"},
             {"BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00"s, "image/bmp"},
             {"BMW is a car", "text/plain"},
             {"RIFF\x10\x00\x00\x00WEBPVP8 "s, "image/webp"},
             {zip("OFD.xml"), "application/ofd"},
             {zip("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
             {zip("a.txt"), "application/zip"},
             {zip("META-INF/MANIFEST.MF"), "application/java-archive"},
             {"MZ"s + std::string(100, '\0'), "application/x-msdownload"},
             {"\x7f"
              "ELF\x02\x01"s,
              "application/x-executable"},
             {"#!/bin/sh\n", "text/x-script"},
             {"  \n<!DocType HTML>", "text/html"},
             {"\xef\xbb\xbf<script>", "text/html"},
             {"<?xml version=\"1.0\"?><svg xmlns=''/>", "image/svg+xml"},
             {"<?xml version=\"1.0\"?><a/>", "application/xml"},
             {"姓名,身份证号\r\n", "text/plain"},
             {"\xd0\xd5\xc3\xfb"s, "text/plain"}, // GB 18030
             {"a\0b"s, "application/octet-stream"},
             {"", "application/octet-stream"},
         }) {
        EXPECT_EQ(media_type_of(head), type) << head.substr(0, 20);
    }
}

TEST(MediaTypes, WhatAFileMayBeCalled) {
    const auto word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"s;
    for (const auto& [type, claimed] : std::vector<std::pair<std::string, std::string>>{
             {"application/pdf", "application/pdf"},
             {"application/pdf", "Application/PDF; version=1.7"},
             {"application/pdf", ""},
             {"application/pdf", "pdf"}, // no media type: nothing is said
             {"image/png", "application/octet-stream"},
             {"image/jpeg", "image/jpg"},
             {"application/x-ole-storage", "application/msword"},
             {"application/x-ole-storage", "application/vnd.ms-excel"},
             {"application/zip", word},
             {word, "application/zip"},
             {"text/plain", "text/csv;charset=gb18030"},
         }) {
        EXPECT_TRUE(may_be_called(type, claimed)) << type << " as " << claimed;
    }
    for (const auto& [type, claimed] : std::vector<std::pair<std::string, std::string>>{
             {"application/pdf", "image/png"},
             {"image/png", "application/pdf"},
             {"application/zip", "application/pdf"},
             {"text/plain", "application/pdf"},
             {"image/jpeg", "image/png"},
             {"application/pdf", "application/vnd.ms-excel"},
             {"application/pdf", "text/"},
         }) {
        EXPECT_FALSE(may_be_called(type, claimed)) << type << " as " << claimed;
    }
}

TEST(MediaTypes, Lists) {
    const type_list list("application/pdf, image/*,text/plain");
    EXPECT_TRUE(list.has("application/pdf") && list.has("image/png") && list.has("text/plain"));
    EXPECT_FALSE(list.has("text/html") || list.has("application/pdfx") || list.has("imagex/png"));
    EXPECT_TRUE(type_list("*/*").has("a/b"));
    EXPECT_TRUE(is_type_list(standard_types));
    for (const auto* wrong : {"", "pdf", "a/b,", "*/pdf", "a/b c", "A/B", "a//b"}) {
        EXPECT_FALSE(is_type_list(wrong)) << wrong;
    }
    const type_list standard(standard_types);
    for (const auto* refused : {"text/html", "image/svg+xml", "application/x-executable", "application/x-msdownload",
                                "text/x-script", "application/java-archive", "application/octet-stream"}) {
        EXPECT_FALSE(standard.has(refused)) << refused;
    }
}

} // namespace
} // namespace tongban::materials
