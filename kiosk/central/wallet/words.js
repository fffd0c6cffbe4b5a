// Everything the page says, in Chinese and English.

const ZH = {
  page_title: "提货码",
  switch_language: "English",
  show_clerk: "请向店员或自助机出示",
  any_store: "全部门店",
  pickup_no: "取货号",
  order_no: "订单号",
  phone: "手机号",
  note: "备注",
  store: "提货门店",
  valid_until: "有效期至",
  items: "提货商品",
  quantity: (count, unit) => `${count} ${unit}`,
  left_of: (left, count, unit) => `待提 ${left}，共 ${count} ${unit}`,
  all_taken: "已提",
  code_label: "提货二维码，请对准扫码窗口",
  brightness: "请调高屏幕亮度，手机离扫码窗口约一掌",
  next_in: (seconds) => `${seconds} 秒后自动更新`,
  updating: "正在更新…",
  renews_itself: "动态码，截图无效",
  bound_here: "仅本机可用，断网也能出示",
  offline: "网络已断开，提货码仍可使用",
  offline_v2: "网络已断开，正在重新连接…",
  offline_since: "网络已断开，以下为上次的内容",
  digits: "终端验证数字",
  digits_help: "终端要求时再输入",
  digits_in: (digits) => `已签入 ${digits}`,
  place: "附带我的位置",
  place_help: "仅写入提货码，供门店核对",
  place_on: "位置已写入提货码",
  place_refused: "未获得位置权限",
  place_failed: "暂时无法获取位置",
  taken: "提货记录",
  taken_by: (store, terminal) => `${store} · 终端 ${terminal}`,
  loading: ["正在获取提货码", "请稍候"],
  waiting: ["需要联网", "网络恢复后，提货码会自动出现"],
  unreachable: ["连接不上", "请检查网络，页面会自动重试"],
  unknown: ["链接无效", "请回到小程序的订单，重新打开提货码"],
  elsewhere: ["已在另一部手机上使用", "此提货码已绑定另一部手机。如已更换手机，请联系客服"],
  revoked: ["提货码已撤销", "如有疑问，请联系客服"],
  refunded: ["订单已退款", "此提货码不能再使用"],
  redeemed: ["已核销", ""],
  expired: ["已过期", "请在小程序的订单中查看如何处理"],
  held: ["需要人工核实", "请联系店员，或联系客服"],
  not_yet: ["还不能提货", ""],
  from_then: (when) => `${when} 起可提货`,
  unsupported: ["此浏览器不支持", "请更新微信或浏览器，再打开此页"],
  refused: ["暂时无法出示", "请稍后再试，或联系客服"],
  failed: ["页面出错", "请重新打开此页"],
};

const EN = {
  page_title: "Pickup code",
  switch_language: "中文",
  show_clerk: "Show this to the clerk or the kiosk",
  any_store: "Any store",
  pickup_no: "Pickup number",
  order_no: "Order",
  phone: "Phone",
  note: "Note",
  store: "Store",
  valid_until: "Valid until",
  items: "To pick up",
  quantity: (count, unit) => `${count} ${unit}`,
  left_of: (left, count, unit) => `${left} of ${count} ${unit} left`,
  all_taken: "Picked up",
  code_label: "Pickup QR code: hold it to the scanner",
  brightness: "Turn the brightness up, hold the phone a hand away",
  next_in: (seconds) => `New code in ${seconds} s`,
  updating: "Updating…",
  renews_itself: "Changes by itself: screenshots do not work",
  bound_here: "Works on this phone only, also without a network",
  offline: "No network. Your pickup code still works.",
  offline_v2: "No network. Connecting again…",
  offline_since: "No network. This is what was known before.",
  digits: "Digits on the terminal",
  digits_help: "Only if it asks for them",
  digits_in: (digits) => `Signed with ${digits}`,
  place: "Add my location",
  place_help: "Goes into the code only, for the store to compare",
  place_on: "Your location is in the code",
  place_refused: "Location was not allowed",
  place_failed: "Location is not available now",
  taken: "Picked up",
  taken_by: (store, terminal) => `${store} · terminal ${terminal}`,
  loading: ["Getting your code", "One moment"],
  waiting: ["Network needed", "Your code appears as soon as there is one"],
  unreachable: ["No connection", "Check your network; this page tries again by itself"],
  unknown: ["This link does not work", "Open the pickup code again from your order"],
  elsewhere: [
    "In use on another phone",
    "This pickup code is bound to another phone. If you changed phones, contact us.",
  ],
  revoked: ["Withdrawn", "If you have questions, contact us"],
  refunded: ["Refunded", "This pickup code can no longer be used"],
  redeemed: ["Picked up", ""],
  expired: ["Expired", "See your order for what to do"],
  held: ["Needs a check", "Ask the clerk, or contact us"],
  not_yet: ["Not yet", ""],
  from_then: (when) => `Ready for pickup from ${when}`,
  unsupported: ["This browser is too old", "Update WeChat or your browser and open this page again"],
  refused: ["Not available now", "Try again later, or contact us"],
  failed: ["Something went wrong", "Open this page again"],
};

const CHOSEN = "language";
const LANGUAGES = { zh: ZH, en: EN };

/** zh unless the browser asks for another language, or somebody has chosen here. */
export function firstLanguage() {
  const chosen = storage()?.getItem(CHOSEN);
  if (chosen in LANGUAGES) return chosen;
  return (navigator.language || "zh").toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function chooseLanguage(language) {
  storage()?.setItem(CHOSEN, language);
}

/** null where the browser allows none. */
function storage() {
  try {
    return localStorage;
  } catch (error) {
    if (error.name !== "SecurityError") throw error;
    return null;
  }
}

export function wordsIn(language) {
  return LANGUAGES[language];
}

/** "11月25日 14:44" or "25 Nov, 14:44"; with the year when it is not this one. */
export function moment(seconds, language) {
  const when = new Date(1000 * seconds);
  const year = when.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  const form = { year, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(locale, { ...form, hourCycle: "h23" }).format(when);
}
