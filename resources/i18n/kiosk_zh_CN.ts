<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Camera</name>
    <message>
        <source>The camera is not available</source>
        <translation>摄像头不可用</translation>
    </message>
    <message>
        <source>It is tried again by itself. Codes can be typed meanwhile: F3.</source>
        <translation>系统会自动重试，期间可按 F3 手动输入。</translation>
    </message>
    <message>
        <source>The camera is starting…</source>
        <translation>摄像头启动中…</translation>
    </message>
    <message>
        <source>This takes a second or two.</source>
        <translation>大约需要一两秒钟。</translation>
    </message>
    <message>
        <source>This terminal has no camera</source>
        <translation>本终端未配摄像头</translation>
    </message>
    <message>
        <source>Use a hand scanner, or type the code: F3.</source>
        <translation>请使用扫码枪，或按 F3 手动输入。</translation>
    </message>
    <message>
        <source>No camera found</source>
        <translation>未找到摄像头</translation>
    </message>
    <message>
        <source>Plug it in again. It opens by itself.</source>
        <translation>请重新插好摄像头，接好后会自动打开。</translation>
    </message>
    <message>
        <source>Another program uses the camera</source>
        <translation>摄像头被其他程序占用</translation>
    </message>
    <message>
        <source>Close that program. It opens by itself.</source>
        <translation>请关闭占用它的程序，之后会自动打开。</translation>
    </message>
    <message>
        <source>The camera is not permitted</source>
        <translation>没有使用摄像头的权限</translation>
    </message>
    <message>
        <source>Allow this program to use the camera in the system settings.</source>
        <translation>请在系统设置中允许本程序使用摄像头。</translation>
    </message>
    <message>
        <source>The camera's picture cannot be read</source>
        <translation>无法读取摄像头画面</translation>
    </message>
    <message>
        <source>Check the camera's address or file in the settings.</source>
        <translation>请检查设置里的摄像头地址或文件。</translation>
    </message>
    <message>
        <source>No picture from the camera</source>
        <translation>摄像头没有画面</translation>
    </message>
    <message>
        <source>Check cable and power. It is tried again by itself.</source>
        <translation>请检查连线和电源，系统会自动重试。</translation>
    </message>
    <message>
        <source>The camera's picture stands still</source>
        <translation>摄像头画面静止不动</translation>
    </message>
    <message>
        <source>It is being restarted. If that does not help, replug it.</source>
        <translation>正在重新启动摄像头；如仍无效，请重新插拔。</translation>
    </message>
    <message>
        <source>The camera sees only black</source>
        <translation>摄像头画面全黑</translation>
    </message>
    <message>
        <source>Remove the lens cover, or turn on the light.</source>
        <translation>请取下镜头盖，或打开灯光。</translation>
    </message>
    <message>
        <source>The recording has ended</source>
        <translation>录像已播放完毕</translation>
    </message>
    <message>
        <source>Start the program again to play it once more.</source>
        <translation>重新启动程序可再次播放。</translation>
    </message>
    <message>
        <source>The scanner is being restarted</source>
        <translation>扫码程序正在重新启动</translation>
    </message>
    <message>
        <source>One moment. Codes can be typed meanwhile: F3.</source>
        <translation>请稍候，期间可按 F3 手动输入。</translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>Serial number</source>
        <translation>序列号与密码</translation>
    </message>
    <message>
        <source>Static code</source>
        <translation>静态码</translation>
    </message>
    <message>
        <source>Live code</source>
        <translation>动态码</translation>
    </message>
    <message>
        <source>Phone-signed code</source>
        <translation>手机签名码</translation>
    </message>
    <message>
        <source>Another customer's code was scanned. Finish or cancel this one first.</source>
        <translation>已扫到下一位顾客的提货码，请先完成或取消当前订单。</translation>
    </message>
    <message>
        <source>Something that is not a pickup code came into view and was left out.</source>
        <translation>刚才扫到的不是提货码，已忽略。</translation>
    </message>
    <message>
        <source>The phone is not near the store.</source>
        <translation>手机位置不在门店附近。</translation>
    </message>
    <message>
        <source>this terminal</source>
        <translation>本终端</translation>
    </message>
    <message>
        <source>All of it</source>
        <translation>恢复全部</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Only some</source>
        <translation>部分提货</translation>
    </message>
    <message>
        <source>Writing to the ledger…</source>
        <translation>正在写入流水…</translation>
    </message>
    <message>
        <source>Pickup number</source>
        <translation>取货号</translation>
    </message>
    <message>
        <source>The phone does not say where it is.</source>
        <translation>手机未提供位置。</translation>
    </message>
    <message>
        <source>Approved by {name}</source>
        <translation>经店长授权 {name}</translation>
    </message>
    <message>
        <source>The phone is {distance} from the store.</source>
        <translation>手机位置距门店{distance}。</translation>
    </message>
    <message>
        <source>Picked up {taken} of {whole}</source>
        <translation>已提 {taken}/{whole}</translation>
    </message>
    <message>
        <source>Choose what is handed over</source>
        <translation>请选择本次提货的商品</translation>
    </message>
    <message>
        <source>Order {number}</source>
        <translation>订单 {number}</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>订单号</translation>
    </message>
    <message>
        <source>Voucher</source>
        <translation>提货凭证</translation>
    </message>
    <message>
        <source>Order details have not been downloaded yet</source>
        <translation>订单详情尚未下载到本机</translation>
    </message>
    <message>
        <source>terminal {name}</source>
        <translation>终端 {name}</translation>
    </message>
    <message>
        <source>Note: {note}</source>
        <translation>备注：{note}</translation>
    </message>
    <message>
        <source>Confirm {pieces}</source>
        <translation>确认核销 · {pieces}</translation>
    </message>
    <message>
        <source>valid for {time}</source>
        <translation>{time} 内有效</translation>
    </message>
    <message>
        <source>Bundle, leaves together</source>
        <translation>套装，须一起提货</translation>
    </message>
    <message>
        <source>stock says {count}</source>
        <translation>库存仅 {count}</translation>
    </message>
    <message>
        <source>One less: {name}</source>
        <translation>减少一件：{name}</translation>
    </message>
    <message>
        <source>One more: {name}</source>
        <translation>增加一件：{name}</translation>
    </message>
    <message>
        <source>all {count} picked up</source>
        <translation>{count} 件已提完</translation>
    </message>
    <message>
        <source>of {count} left</source>
        <translation>剩 {count} 件</translation>
    </message>
    <message>
        <source>picked up {taken} of {count}</source>
        <translation>已提 {taken}/{count}</translation>
    </message>
</context>
<context>
    <name>Challenge</name>
    <message>
        <source>Ask the customer to type these digits on the phone page</source>
        <translation>请顾客在手机页面输入以下数字</translation>
    </message>
    <message>
        <source>An order of this value needs it. Then scan the phone again: the order card opens by itself.</source>
        <translation>此金额的订单须核对。输入后再扫手机，订单会自动打开。</translation>
    </message>
    <message>
        <source>A phone that scans this gets the same digits.</source>
        <translation>手机扫此码可得到同样的数字。</translation>
    </message>
    <message>
        <source>Another customer's code was scanned; it waits.</source>
        <translation>已扫到另一位顾客的码，稍后处理。</translation>
    </message>
    <message>
        <source>Something that is not a pickup code was left out.</source>
        <translation>画面中有非提货码，已忽略。</translation>
    </message>
    <message>
        <source>Cancel (Esc)</source>
        <translation>取消（Esc）</translation>
    </message>
    <message>
        <source>The phone signed other digits: mistyped, or those shown before. Type these.</source>
        <translation>手机签名的数字不符：输错，或是之前显示的。请输入下面的数字。</translation>
    </message>
    <message>
        <source>Supervisor… (F4)</source>
        <translation>店长授权…（F4）</translation>
    </message>
</context>
<context>
    <name>Conflicts</name>
    <message numerus="yes">
        <source>%n conflict(s) to settle</source>
        <translation>
            <numerusform>有 %n 条冲突待处理</numerusform>
        </translation>
    </message>
    <message>
        <source>Central has recorded these redemptions, but they contradict another fact, such as a redemption elsewhere during an outage. Nothing is lost. Supervisors settle them with the command kiosk conflicts.</source>
        <translation>以下核销已由总部记录，但与其他记录矛盾，例如断网期间在别处已核销。记录不会丢失，由店长用命令 kiosk conflicts 处理。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message numerus="yes">
        <source>%n older one(s), not listed here</source>
        <translation>
            <numerusform>另有更早的 %n 条，未在此列出</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Demo</name>
    <message>
        <source>DEMONSTRATION</source>
        <translation>演示控制台</translation>
    </message>
    <message>
        <source>Not the product. Who comes next?</source>
        <translation>非产品界面，请选择下一位顾客：</translation>
    </message>
    <message>
        <source>Phone leaves</source>
        <translation>移开手机</translation>
    </message>
    <message>
        <source>What should happen</source>
        <translation>预期结果</translation>
    </message>
    <message>
        <source>Network is on</source>
        <translation>网络：已连接</translation>
    </message>
    <message>
        <source>Network is off</source>
        <translation>网络：已断开</translation>
    </message>
    <message>
        <source>Open the strip</source>
        <translation>展开演示控制台</translation>
    </message>
    <message>
        <source>Fold the strip away</source>
        <translation>收起演示控制台</translation>
    </message>
    <message>
        <source>Nobody at the counter yet.</source>
        <translation>柜台前还没有顾客。</translation>
    </message>
</context>
<context>
    <name>Fault</name>
    <message>
        <source>Cancel (Esc)</source>
        <translation>取消 (Esc)</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>The ledger cannot be read</source>
        <translation>无法读取流水</translation>
    </message>
    <message>
        <source>Nothing was handed over. It is tried again every few seconds. If this stays: check the disk, then start the program again.</source>
        <translation>没有发生任何核销。系统每隔几秒自动重试；如持续出现，请检查磁盘后重新启动程序。</translation>
    </message>
    <message>
        <source>Not recorded — do not hand over</source>
        <translation>核销未成功，请勿交货</translation>
    </message>
    <message>
        <source>The disk did not take the redemption, so nothing was redeemed. Free some space or check the disk, then try again.</source>
        <translation>磁盘未能写入，本次核销没有发生。请清理磁盘空间或检查磁盘，然后重试。</translation>
    </message>
    <message>
        <source>The result is not known</source>
        <translation>核销结果未知</translation>
    </message>
    <message>
        <source>The program had a fault while recording. Try again: asking twice never counts twice. Do not hand over before the answer is there.</source>
        <translation>写入时程序出错。请重试：重复提交不会重复核销。得到结果之前请勿交货。</translation>
    </message>
</context>
<context>
    <name>Header</name>
    <message>
        <source>Sound is on; touch to mute</source>
        <translation>声音已开，点按静音</translation>
    </message>
    <message>
        <source>Muted; touch for sound</source>
        <translation>已静音，点按恢复声音</translation>
    </message>
    <message>
        <source>This machine has no sound player</source>
        <translation>本机没有可用的声音播放器</translation>
    </message>
    <message>
        <source>The sound output does not work</source>
        <translation>声音输出不可用</translation>
    </message>
    <message>
        <source>Sign out</source>
        <translation>退出登录</translation>
    </message>
    <message>
        <source>Terminal {name}</source>
        <translation>终端 {name}</translation>
    </message>
</context>
<context>
    <name>Quantity</name>
    <message numerus="yes">
        <source>%n piece(s)</source>
        <translation>
            <numerusform>共 %n 件</numerusform>
        </translation>
    </message>
    <message>
        <source>about {count} km</source>
        <translation>约 {count} 公里</translation>
    </message>
    <message>
        <source>about {count} m</source>
        <translation>约 {count} 米</translation>
    </message>
</context>
<context>
    <name>Ready</name>
    <message>
        <source>The order card was open too long and was closed. Nothing was recorded: scan the customer's code again.</source>
        <translation>订单打开时间过长，已自动关闭，未发生核销。请重新扫描顾客的提货码。</translation>
    </message>
    <message>
        <source>The digits were not typed in time. Scan the customer's code again for new ones.</source>
        <translation>未在时限内输入数字。请重新扫码，获取新的数字。</translation>
    </message>
    <message>
        <source>Checking the code…</source>
        <translation>正在验证提货码…</translation>
    </message>
    <message>
        <source>Signature, store, time and ledger</source>
        <translation>核对签名、门店、时间与流水</translation>
    </message>
    <message>
        <source>Ready for the next customer</source>
        <translation>等待下一位顾客</translation>
    </message>
    <message>
        <source>Ask for the pickup code and scan the phone</source>
        <translation>请顾客出示提货码，对准摄像头</translation>
    </message>
    <message>
        <source>Type a code (F3)</source>
        <translation>手动输入 (F3)</translation>
    </message>
</context>
<context>
    <name>Recent</name>
    <message>
        <source>waiting</source>
        <translation>待同步</translation>
    </message>
    <message>
        <source>sending</source>
        <translation>同步中</translation>
    </message>
    <message>
        <source>synced</source>
        <translation>已同步</translation>
    </message>
    <message>
        <source>conflict</source>
        <translation>有冲突</translation>
    </message>
    <message>
        <source>undone</source>
        <translation>已撤销</translation>
    </message>
    <message>
        <source>set aside</source>
        <translation>已隔离</translation>
    </message>
    <message>
        <source>Recent redemptions</source>
        <translation>最近核销</translation>
    </message>
    <message>
        <source>Nothing redeemed on this terminal yet.</source>
        <translation>本终端还没有核销记录</translation>
    </message>
</context>
<context>
    <name>SignIn</name>
    <message>
        <source>Erase the last digit</source>
        <translation>删除一位</translation>
    </message>
    <message>
        <source>Choose your name</source>
        <translation>请选择姓名</translation>
    </message>
    <message numerus="yes">
        <source>%n digit(s) entered</source>
        <translation>
            <numerusform>已输入 %n 位</numerusform>
        </translation>
    </message>
    <message>
        <source>No staff has been downloaded yet. It comes with the first synchronisation.</source>
        <translation>尚未下载员工名单，首次同步后会自动出现。</translation>
    </message>
    <message>
        <source>The PIN could not be checked. Please try again.</source>
        <translation>暂时无法验证 PIN 码，请重试。</translation>
    </message>
    <message>
        <source>Who is at the counter?</source>
        <translation>请登录</translation>
    </message>
    <message>
        <source>Touch your name, then enter your PIN.</source>
        <translation>点选姓名，再输入 PIN 码。</translation>
    </message>
    <message>
        <source>The staff list cannot be read. It is tried again.</source>
        <translation>无法读取员工名单，正在自动重试。</translation>
    </message>
    <message>
        <source>The staff list is being read…</source>
        <translation>正在读取员工名单…</translation>
    </message>
    <message>
        <source>Sign in first, then scan the customer's code again.</source>
        <translation>请先登录，再重新扫描顾客的提货码。</translation>
    </message>
    <message>
        <source>Wrong PIN. Five wrong tries lock it for a while.</source>
        <translation>PIN 码错误。连续输错 5 次将暂时锁定。</translation>
    </message>
    <message>
        <source>Locked after too many wrong tries. Wait, or call the supervisor.</source>
        <translation>输错次数过多，已暂时锁定。请稍后再试或联系店长。</translation>
    </message>
    <message>
        <source>This name is no longer active. Call the supervisor.</source>
        <translation>该员工已停用，请联系店长。</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>正在验证…</translation>
    </message>
    <message>
        <source>Sign in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>supervisor</source>
        <translation>店长</translation>
    </message>
    <message>
        <source>clerk</source>
        <translation>店员</translation>
    </message>
</context>
<context>
    <name>Status</name>
    <message>
        <source>Until then changing codes need a supervisor's approval (F4).</source>
        <translation>在此之前，动态码须由店长授权（F4）。</translation>
    </message>
    <message>
        <source>never synchronised</source>
        <translation>从未校时</translation>
    </message>
    <message>
        <source>Connect to the network once: the time comes from central.</source>
        <translation>请接入网络一次，即可与总部对时。</translation>
    </message>
    <message>
        <source>restarted without network</source>
        <translation>断网重启过</translation>
    </message>
    <message>
        <source>Connect to the network, or scan fresh changing codes of three orders.</source>
        <translation>请接入网络，或扫三笔订单刚刷新的动态码。</translation>
    </message>
    <message>
        <source>the clock was changed</source>
        <translation>系统时间被改动</translation>
    </message>
    <message>
        <source>Check the system clock and connect to the network, or scan fresh changing codes of three orders.</source>
        <translation>请检查系统时间并接入网络，或扫三笔订单刚刷新的动态码。</translation>
    </message>
    <message>
        <source>the clock is behind</source>
        <translation>系统时间落后</translation>
    </message>
    <message>
        <source>Set the system clock right and connect to the network.</source>
        <translation>请校正系统时间并接入网络。</translation>
    </message>
    <message>
        <source>not connected yet</source>
        <translation>尚未连接</translation>
    </message>
    <message>
        <source>connection refused</source>
        <translation>连接被拒绝</translation>
    </message>
    <message>
        <source>no answer in time</source>
        <translation>响应超时</translation>
    </message>
    <message>
        <source>certificate not accepted</source>
        <translation>证书不受信任</translation>
    </message>
    <message>
        <source>answers slowly</source>
        <translation>响应缓慢</translation>
    </message>
    <message>
        <source>recovering</source>
        <translation>正在恢复</translation>
    </message>
    <message>
        <source>certificate of another host</source>
        <translation>证书与主机名不符</translation>
    </message>
    <message>
        <source>name not found</source>
        <translation>域名无法解析</translation>
    </message>
    <message>
        <source>connection cut off</source>
        <translation>连接中断</translation>
    </message>
    <message>
        <source>network is switched off</source>
        <translation>网络已断开</translation>
    </message>
    <message>
        <source>synchronisation is stopped</source>
        <translation>同步已停止</translation>
    </message>
    <message>
        <source>central refuses this terminal</source>
        <translation>中央接口拒绝本终端</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting to sync</source>
        <translation>
            <numerusform>待同步 %n 条</numerusform>
        </translation>
    </message>
    <message>
        <source>Clock not trusted</source>
        <translation>时钟不可信</translation>
    </message>
    <message>
        <source>Offline</source>
        <translation>离线</translation>
    </message>
    <message numerus="yes">
        <source>%n set aside</source>
        <translation>
            <numerusform>已隔离 %n 条</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n conflict(s)</source>
        <translation>
            <numerusform>%n 条冲突</numerusform>
        </translation>
    </message>
    <message>
        <source>Online</source>
        <translation>在线</translation>
    </message>
    <message>
        <source>Unsteady</source>
        <translation>网络不稳</translation>
    </message>
    <message>
        <source>offline limit reached</source>
        <translation>已达离线时限</translation>
    </message>
    <message>
        <source>All synced</source>
        <translation>已全部同步</translation>
    </message>
    <message>
        <source>No data yet</source>
        <translation>尚无数据</translation>
    </message>
    <message>
        <source>Clock trusted</source>
        <translation>时钟可信</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>摄像头正常</translation>
    </message>
    <message numerus="yes">
        <source>%n conflict(s) to settle</source>
        <translation>
            <numerusform>有 %n 条冲突待处理</numerusform>
        </translation>
    </message>
    <message>
        <source>for {duration}</source>
        <translation>已 {duration}</translation>
    </message>
    <message>
        <source>{duration} left</source>
        <translation>剩余时限 {duration}</translation>
    </message>
    <message>
        <source>oldest {age}</source>
        <translation>最早已等 {age}</translation>
    </message>
    <message>
        <source>Data {age}</source>
        <translation>数据 {age}</translation>
    </message>
</context>
<context>
    <name>Supervisor</name>
    <message>
        <source>ID document</source>
        <translation>身份证件</translation>
    </message>
    <message>
        <source>Order and phone</source>
        <translation>订单与手机号</translation>
    </message>
    <message>
        <source>or a few words</source>
        <translation>或简短说明</translation>
    </message>
    <message>
        <source>What was checked</source>
        <translation>核实内容</translation>
    </message>
    <message>
        <source>What was checked? It goes into the ledger together with the name.</source>
        <translation>核实了什么？将与姓名一并记入流水。</translation>
    </message>
    <message>
        <source>Back (Esc)</source>
        <translation>返回（Esc）</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>正在核对…</translation>
    </message>
    <message>
        <source>For this customer only. Name and reason go into the ledger.</source>
        <translation>仅限本次；姓名与原因将记入流水。</translation>
    </message>
    <message>
        <source>The review could not be recorded, so nothing was cleared. Try again.</source>
        <translation>核实未能写入流水，尚未解锁，请再试一次。</translation>
    </message>
    <message>
        <source>The note cannot be kept. Use plain words, and fewer.</source>
        <translation>说明无法保存，请用简短的普通文字。</translation>
    </message>
    <message>
        <source>This name is no longer a supervisor's.</source>
        <translation>该姓名已不是店长。</translation>
    </message>
    <message>
        <source>Locked after too many wrong tries. Wait, or ask another supervisor.</source>
        <translation>错误次数过多，已锁定。请稍候，或请另一位店长。</translation>
    </message>
    <message>
        <source>This terminal knows no supervisor of this store.</source>
        <translation>本终端没有本店店长的资料。</translation>
    </message>
    <message>
        <source>Supervisor's approval</source>
        <translation>店长授权</translation>
    </message>
    <message>
        <source>Supervisor's identity check</source>
        <translation>店长核实身份</translation>
    </message>
    <message>
        <source>Another customer's code was scanned.</source>
        <translation>已扫到另一位顾客的码。</translation>
    </message>
    <message>
        <source>Approve this once</source>
        <translation>授权本次</translation>
    </message>
    <message>
        <source>Clear the lock</source>
        <translation>解除锁定</translation>
    </message>
</context>
<context>
    <name>Time</name>
    <message numerus="yes">
        <source>%n hour(s)</source>
        <translation>
            <numerusform>%n 小时</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n second(s)</source>
        <translation>
            <numerusform>%n 秒</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s)</source>
        <translation>
            <numerusform>%n 分钟</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n day(s)</source>
        <translation>
            <numerusform>%n 天</numerusform>
        </translation>
    </message>
    <message>
        <source>just now</source>
        <translation>刚刚更新</translation>
    </message>
    <message>
        <source>{duration} ago</source>
        <translation>{duration}前</translation>
    </message>
    <message>
        <source>today {time}</source>
        <translation>今天 {time}</translation>
    </message>
    <message>
        <source>yesterday {time}</source>
        <translation>昨天 {time}</translation>
    </message>
</context>
<context>
    <name>Typing</name>
    <message>
        <source>Serial number (12 digits)</source>
        <translation>序列号（12 位）</translation>
    </message>
    <message>
        <source>Password (6 digits)</source>
        <translation>密码（6 位）</translation>
    </message>
    <message>
        <source>Show the password while held</source>
        <translation>按住显示密码</translation>
    </message>
    <message>
        <source>The last digit does not fit the others: compare them. No try was used.</source>
        <translation>末位校验码不符，请逐位核对；未计为尝试。</translation>
    </message>
    <message>
        <source>The lock is cleared. Type the password again.</source>
        <translation>已解除锁定，请重新输入密码。</translation>
    </message>
    <message>
        <source>Type in place of scanning</source>
        <translation>手工输入</translation>
    </message>
    <message>
        <source>Serial and password</source>
        <translation>序列号与密码</translation>
    </message>
    <message>
        <source>Text of the code</source>
        <translation>提货码文字</translation>
    </message>
    <message>
        <source>Back (Esc)</source>
        <translation>返回 (Esc)</translation>
    </message>
    <message>
        <source>Check the code</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>From the order message or the printed slip.</source>
        <translation>见订单短信或纸质提货单。</translation>
    </message>
    <message>
        <source>Paste or type the text of the code, then press Enter.</source>
        <translation>粘贴或键入提货码的文字内容，然后按回车。</translation>
    </message>
</context>
<context>
    <name>Verdict</name>
    <message>
        <source>Already handed over with this code</source>
        <translation>本次已核销，请勿重复交货</translation>
    </message>
    <message>
        <source>This code has just been used.</source>
        <translation>这个提货码刚刚已经使用过了。</translation>
    </message>
    <message>
        <source>Do not hand over again, unless the goods are still on the counter.</source>
        <translation>请勿再次交货，除非货物还在柜台上。</translation>
    </message>
    <message>
        <source>Look at the time of the redemption. When in doubt, call the supervisor.</source>
        <translation>请核对上次核销的时间，有疑问请找店长。</translation>
    </message>
    <message>
        <source>This code was redeemed here, and the supervisor has undone that.</source>
        <translation>此码已在本机核销，随后由店长撤销。</translation>
    </message>
    <message>
        <source>Have a fresh code shown, and scan that one. Nothing was recorded.</source>
        <translation>请顾客刷新取货码后再扫新码，本次未发生核销。</translation>
    </message>
    <message>
        <source>The order card was open too long. Nothing was recorded.</source>
        <translation>订单打开时间过长，未发生核销。</translation>
    </message>
    <message>
        <source>Scan the customer's code again.</source>
        <translation>请重新扫描顾客的提货码。</translation>
    </message>
    <message>
        <source>The code claims to come from the future: a clock is wrong.</source>
        <translation>提货码的签发时间晚于现在：有一方时钟不准。</translation>
    </message>
    <message>
        <source>Check the clock below. If it is right, ask the customer to open the order again.</source>
        <translation>先看下方时钟是否可信；时钟无误时，请顾客重新打开订单。</translation>
    </message>
    <message>
        <source>Please set the time of your phone to automatic, then open the order again.</source>
        <translation>请将手机时间设为自动，然后重新打开订单。</translation>
    </message>
    <message>
        <source>The phone's clock is ahead of this terminal's.</source>
        <translation>手机时间快于本终端时间。</translation>
    </message>
    <message>
        <source>Have the phone's time set to automatic, then scan the new code.</source>
        <translation>请顾客将手机时间设为自动，再扫新码。</translation>
    </message>
    <message>
        <source>The order was refunded.</source>
        <translation>该订单已退款。</translation>
    </message>
    <message>
        <source>The voucher is on head office's list of withdrawn vouchers.</source>
        <translation>该凭证在总部的撤销名单上。</translation>
    </message>
    <message>
        <source>Head office holds this voucher back for a check.</source>
        <translation>总部已暂停该凭证，等待核实。</translation>
    </message>
    <message>
        <source>Do not hand over. Head office has to release it first.</source>
        <translation>请勿交货，须先由总部放行。</translation>
    </message>
    <message>
        <source>This terminal has been offline for longer than allowed.</source>
        <translation>本终端离线时间已超过允许时限。</translation>
    </message>
    <message>
        <source>Connect the terminal to the network, or call the supervisor.</source>
        <translation>请将终端接入网络，或请店长授权。</translation>
    </message>
    <message>
        <source>offline for longer than allowed</source>
        <translation>离线超过允许时限</translation>
    </message>
    <message>
        <source>Codes of this kind need the network to be checked.</source>
        <translation>此类提货码需要联网验证。</translation>
    </message>
    <message>
        <source>this kind of code needs the network</source>
        <translation>此类码须联网</translation>
    </message>
    <message>
        <source>An order of this value needs the network to be checked.</source>
        <translation>该金额的订单需要联网验证。</translation>
    </message>
    <message>
        <source>an order of this value needs the network</source>
        <translation>此金额须联网</translation>
    </message>
    <message>
        <source>The parts of a bundle have to leave together.</source>
        <translation>套装内的商品须一起提货。</translation>
    </message>
    <message>
        <source>Scan again and choose the whole bundle.</source>
        <translation>请重新扫描，并选择整个套装。</translation>
    </message>
    <message>
        <source>Some of it was picked up elsewhere meanwhile. Nothing was recorded.</source>
        <translation>期间部分商品已在别处提走，本次未发生核销。</translation>
    </message>
    <message>
        <source>What was scanned is too long for a pickup code.</source>
        <translation>扫到的内容过长，不是提货码。</translation>
    </message>
    <message>
        <source>Please open the order again and show its code.</source>
        <translation>请重新打开订单并出示提货码。</translation>
    </message>
    <message>
        <source>What the phone signed is not in the form of a pickup code.</source>
        <translation>手机签名的内容不符合提货码格式。</translation>
    </message>
    <message>
        <source>Have the order opened in the mini-program, not in another app.</source>
        <translation>请顾客在小程序中打开订单，勿用其他应用。</translation>
    </message>
    <message>
        <source>Please open the order on the phone that it is bound to.</source>
        <translation>请在绑定了该订单的手机上打开。</translation>
    </message>
    <message>
        <source>The code was not signed by the phone that the order is bound to.</source>
        <translation>该码不是由订单绑定的手机签名的。</translation>
    </message>
    <message>
        <source>Do not hand over. Only the customer's own phone can show this order.</source>
        <translation>请勿交货。只有顾客本人的手机能出示该订单。</translation>
    </message>
    <message>
        <source>Phone has to renew the order</source>
        <translation>请联网刷新订单</translation>
    </message>
    <message>
        <source>Please connect to the internet and open the order again.</source>
        <translation>请连接网络后重新打开订单。</translation>
    </message>
    <message>
        <source>The phone has not renewed the order for 24 hours. The code is genuine.</source>
        <translation>手机超过 24 小时未刷新该订单；码本身是真的。</translation>
    </message>
    <message>
        <source>Have the phone go online for a moment, open the order, then scan again.</source>
        <translation>请顾客让手机联网片刻，打开订单，再扫一次。</translation>
    </message>
    <message>
        <source>Issuer's key withdrawn</source>
        <translation>签发密钥已停用</translation>
    </message>
    <message>
        <source>Please open the order again to get a new code.</source>
        <translation>请重新打开订单，获取新码。</translation>
    </message>
    <message>
        <source>Head office has withdrawn the key that signed this code.</source>
        <translation>签发该码的密钥已被总部停用。</translation>
    </message>
    <message>
        <source>Do not hand over on this code. A code opened anew has the new key.</source>
        <translation>勿凭此码交货。重新打开订单后的新码使用新密钥。</translation>
    </message>
    <message>
        <source>Terminal was restored</source>
        <translation>终端刚刚恢复</translation>
    </message>
    <message>
        <source>One moment please, our terminal has to be updated.</source>
        <translation>请稍候，终端需要更新数据。</translation>
    </message>
    <message>
        <source>This terminal does not know yet what was handed over before its repair.</source>
        <translation>本终端尚不清楚恢复之前已核销了哪些凭证。</translation>
    </message>
    <message>
        <source>Go online: it catches up within a minute. Or call the supervisor.</source>
        <translation>请恢复网络，一分钟内即可补齐数据；或请店长处理。</translation>
    </message>
    <message>
        <source>restored, not caught up</source>
        <translation>终端恢复后未补齐数据</translation>
    </message>
    <message>
        <source>Key list is too old</source>
        <translation>密钥表过旧</translation>
    </message>
    <message>
        <source>The list of issuers' keys on this terminal is older than allowed.</source>
        <translation>本终端的签发密钥表超过允许的时限。</translation>
    </message>
    <message>
        <source>Go online: the list comes within a minute. Or call the supervisor.</source>
        <translation>请接入网络，会在一分钟内自动更新；或请店长授权。</translation>
    </message>
    <message>
        <source>key list too old</source>
        <translation>密钥表过旧</translation>
    </message>
    <message>
        <source>Withdrawal list is too old</source>
        <translation>撤销名单过旧</translation>
    </message>
    <message>
        <source>This terminal's list of withdrawn vouchers is older than allowed.</source>
        <translation>本终端的撤销名单超过允许的时限。</translation>
    </message>
    <message>
        <source>withdrawal list too old</source>
        <translation>撤销名单过旧</translation>
    </message>
    <message>
        <source>Withdrawal list is missing</source>
        <translation>缺少撤销名单</translation>
    </message>
    <message>
        <source>This terminal does not have the list that says whether the voucher was withdrawn.</source>
        <translation>本终端没有该凭证所在的撤销名单。</translation>
    </message>
    <message>
        <source>withdrawal list missing</source>
        <translation>缺少撤销名单</translation>
    </message>
    <message>
        <source>No order was found for this serial number.</source>
        <translation>没有找到该序列号的订单。</translation>
    </message>
    <message>
        <source>This terminal knows no voucher with this serial number.</source>
        <translation>本终端没有该序列号的凭证。</translation>
    </message>
    <message>
        <source>Compare the number digit by digit and type it again (F3).</source>
        <translation>请逐位核对序列号后重新输入（F3）。</translation>
    </message>
    <message>
        <source>Wrong password</source>
        <translation>密码错误</translation>
    </message>
    <message>
        <source>The password does not belong to this serial number.</source>
        <translation>密码与序列号不符。</translation>
    </message>
    <message>
        <source>Recorded as a wrong try. Three of them lock the serial number.</source>
        <translation>已记录一次错误尝试，满三次将锁定该序列号。</translation>
    </message>
    <message>
        <source>Have the customer read the six digits out, then type them again (F3).</source>
        <translation>请顾客读出六位密码，再重新输入（F3）。</translation>
    </message>
    <message>
        <source>The password was wrong three times.</source>
        <translation>密码已连续输错三次。</translation>
    </message>
    <message>
        <source>Three wrong passwords: the serial number is locked, whatever is typed now.</source>
        <translation>密码已错三次，该序列号已锁定，再输入也不会受理。</translation>
    </message>
    <message>
        <source>A supervisor checks the customer's identity and clears it here (F4).</source>
        <translation>请店长核实顾客身份后，在此解锁（F4）。</translation>
    </message>
    <message>
        <source>Serial number is mistyped</source>
        <translation>序列号有误</translation>
    </message>
    <message>
        <source>Please read the serial number out once more.</source>
        <translation>请再读一遍序列号。</translation>
    </message>
    <message>
        <source>The last digit does not fit the others. This was not counted as a try.</source>
        <translation>末位校验码不符；未计为一次尝试。</translation>
    </message>
    <message>
        <source>Password is incomplete</source>
        <translation>密码不完整</translation>
    </message>
    <message>
        <source>Please read the six digits of the password out once more.</source>
        <translation>请再读一遍六位密码。</translation>
    </message>
    <message>
        <source>A password has six digits. This was not counted as a try.</source>
        <translation>密码为六位数字；未计为一次尝试。</translation>
    </message>
    <message>
        <source>Type the password again (F3).</source>
        <translation>请重新输入密码（F3）。</translation>
    </message>
    <message>
        <source>A serial number and its password can only be checked on the typing page.</source>
        <translation>序列号和密码只能在输入页面核验。</translation>
    </message>
    <message>
        <source>Press F3 and type the serial number and the password.</source>
        <translation>请按 F3 输入序列号和密码。</translation>
    </message>
    <message>
        <source>Please type the digits that our screen shows on your phone.</source>
        <translation>请在手机上输入我们屏幕显示的数字。</translation>
    </message>
    <message>
        <source>An order of this value needs the phone to sign digits that are shown here.</source>
        <translation>此金额的订单须由手机对本屏数字签名。</translation>
    </message>
    <message>
        <source>Scan again and have the digits typed, or call the supervisor.</source>
        <translation>请重新扫码并让顾客输入数字，或请店长授权。</translation>
    </message>
    <message>
        <source>without the digits on the phone</source>
        <translation>手机未输入数字</translation>
    </message>
    <message>
        <source>Please type the digits that our screen shows now.</source>
        <translation>请输入屏幕上现在显示的数字。</translation>
    </message>
    <message>
        <source>The phone signed other digits than those shown here: mistyped, or an earlier code.</source>
        <translation>手机签名的数字与本屏不同：输错，或是之前的码。</translation>
    </message>
    <message>
        <source>other digits on the phone</source>
        <translation>手机输入的数字不符</translation>
    </message>
    <message>
        <source>One moment please, a colleague will check your order.</source>
        <translation>请稍候，我们的同事会为您核实订单。</translation>
    </message>
    <message>
        <source>The phone says that it is not near this store. The code may have been passed on.</source>
        <translation>手机位置不在本店附近，码可能被转发。</translation>
    </message>
    <message>
        <source>Ask to see the order on the customer's own phone, or call the supervisor.</source>
        <translation>请顾客用本人手机当面打开订单，或请店长授权。</translation>
    </message>
    <message>
        <source>phone away from the store</source>
        <translation>手机不在门店附近</translation>
    </message>
    <message>
        <source>Please allow your location in the mini-program, then show the code again.</source>
        <translation>请在小程序中允许定位，再出示提货码。</translation>
    </message>
    <message>
        <source>The phone does not say where it is, and this order asks for that.</source>
        <translation>手机未提供位置，而该订单需要核对位置。</translation>
    </message>
    <message>
        <source>Have location allowed and scan again, or call the supervisor.</source>
        <translation>请顾客允许定位后重新扫码，或请店长授权。</translation>
    </message>
    <message>
        <source>phone's place unknown</source>
        <translation>手机位置未知</translation>
    </message>
    <message>
        <source>This customer has picked up unusually many orders lately.</source>
        <translation>该顾客近期提货次数异常多。</translation>
    </message>
    <message>
        <source>Call the supervisor, who looks at the orders and decides.</source>
        <translation>请店长查看订单后决定。</translation>
    </message>
    <message>
        <source>unusually many pickups</source>
        <translation>提货次数异常</translation>
    </message>
    <message>
        <source>Head office has blocked this voucher.</source>
        <translation>总部已封禁该凭证。</translation>
    </message>
    <message>
        <source>Do not hand over. Give the code for support below to head office.</source>
        <translation>请勿交货，并将下方技术代码告知总部。</translation>
    </message>
    <message>
        <source>Head office has blocked the holder of this voucher.</source>
        <translation>总部已封禁该凭证的持有人。</translation>
    </message>
    <message>
        <source>This terminal has never had the time from central.</source>
        <translation>本终端从未与总部对时。</translation>
    </message>
    <message>
        <source>Connect the terminal to the network once, or call the supervisor.</source>
        <translation>请将终端接入网络一次，或请店长授权。</translation>
    </message>
    <message>
        <source>clock never synchronised</source>
        <translation>时钟从未校时</translation>
    </message>
    <message>
        <source>The terminal restarted without a network: how long it was off is not known.</source>
        <translation>终端在无网络时重启，关机多久无从得知。</translation>
    </message>
    <message>
        <source>Go online, or scan fresh changing codes of three orders, or call the supervisor.</source>
        <translation>请接入网络；或扫三笔订单刚刷新的动态码；或请店长授权。</translation>
    </message>
    <message>
        <source>restarted without network</source>
        <translation>断网重启</translation>
    </message>
    <message>
        <source>The clock of this machine was changed while it ran.</source>
        <translation>本机的系统时间在运行中被改动。</translation>
    </message>
    <message>
        <source>Check the clock, go online, scan three orders' fresh codes, or call the supervisor.</source>
        <translation>请检查系统时间并接入网络；或扫三笔订单刚刷新的动态码；或请店长授权。</translation>
    </message>
    <message>
        <source>system clock was changed</source>
        <translation>系统时间被改动</translation>
    </message>
    <message>
        <source>The clock of this machine is behind a time that has certainly passed.</source>
        <translation>本机的系统时间早于肯定已过去的时刻。</translation>
    </message>
    <message>
        <source>Set the system clock right and connect to the network, or call the supervisor.</source>
        <translation>请校正系统时间并接入网络，或请店长授权。</translation>
    </message>
    <message>
        <source>system clock is behind</source>
        <translation>系统时间落后</translation>
    </message>
    <message>
        <source>Supervisor… (F4)</source>
        <translation>店长授权…（F4）</translation>
    </message>
    <message>
        <source>Supervisor: identity check… (F4)</source>
        <translation>店长核实身份…（F4）</translation>
    </message>
    <message>
        <source>Type it again (F3)</source>
        <translation>重新输入（F3）</translation>
    </message>
    <message numerus="yes">
        <source>%n left</source>
        <translation>
            <numerusform>剩余 %n 件</numerusform>
        </translation>
    </message>
    <message>
        <source>A supervisor's approval is not accepted for it.</source>
        <translation>对此不接受店长授权。</translation>
    </message>
    <message>
        <source>Do not hand over. The cause above comes first.</source>
        <translation>请勿交货，须先解决上述原因。</translation>
    </message>
    <message>
        <source>What to do now</source>
        <translation>下一步</translation>
    </message>
    <message>
        <source>For the customer</source>
        <translation>请告诉顾客</translation>
    </message>
    <message>
        <source>Touch, Esc or the next code goes on</source>
        <translation>点按屏幕、按 Esc 或扫下一个码继续</translation>
    </message>
    <message>
        <source>at this terminal</source>
        <translation>本终端</translation>
    </message>
    <message>
        <source>Redeemed before</source>
        <translation>核销记录</translation>
    </message>
    <message>
        <source>The next customer's code is already scanned.</source>
        <translation>已扫到下一位顾客的提货码。</translation>
    </message>
    <message>
        <source>Code for support: {code}</source>
        <translation>技术代码 {code}</translation>
    </message>
    <message numerus="yes">
        <source>and %n more line(s)</source>
        <translation>
            <numerusform>另有 %n 项</numerusform>
        </translation>
    </message>
    <message>
        <source>terminal {terminal}, this store ({store})</source>
        <translation>终端 {terminal}（本店：{store}）</translation>
    </message>
    <message>
        <source>terminal {terminal}, store {store}</source>
        <translation>终端 {terminal}（门店 {store}）</translation>
    </message>
    <message>
        <source>Redeemed</source>
        <translation>核销成功</translation>
    </message>
    <message>
        <source>Your order is complete. Thank you!</source>
        <translation>您的订单已提货完成，谢谢惠顾！</translation>
    </message>
    <message>
        <source>Recorded on this terminal. The goods may be handed over.</source>
        <translation>已写入本终端流水，可以交货。</translation>
    </message>
    <message>
        <source>Hand over the goods below.</source>
        <translation>请交付以下商品</translation>
    </message>
    <message>
        <source>Partly redeemed</source>
        <translation>部分核销成功</translation>
    </message>
    <message>
        <source>Keep the order: the other items can be picked up later.</source>
        <translation>请保留订单，剩余商品可下次再提。</translation>
    </message>
    <message>
        <source>Recorded on this terminal. The rest stays on the voucher.</source>
        <translation>已写入本终端流水，剩余商品仍可提货。</translation>
    </message>
    <message>
        <source>Hand over only the goods below.</source>
        <translation>只交付以下商品</translation>
    </message>
    <message>
        <source>Already redeemed</source>
        <translation>已核销过</translation>
    </message>
    <message>
        <source>This order has been picked up before.</source>
        <translation>这笔订单之前已经提过货了。</translation>
    </message>
    <message>
        <source>Nothing is left on this voucher.</source>
        <translation>该凭证已没有可提的商品。</translation>
    </message>
    <message>
        <source>Do not hand over. If the customer objects, call the supervisor.</source>
        <translation>请勿交货。顾客有异议时，请联系店长。</translation>
    </message>
    <message>
        <source>Code has expired</source>
        <translation>提货码已过期</translation>
    </message>
    <message>
        <source>The time for picking up this order is over.</source>
        <translation>这笔订单的提货时间已过。</translation>
    </message>
    <message>
        <source>The code is genuine, but past its last day.</source>
        <translation>提货码真实有效，但已超过截止时间。</translation>
    </message>
    <message>
        <source>Ask the customer to open the order again, or to contact service.</source>
        <translation>请顾客重新打开订单查看，或联系客服。</translation>
    </message>
    <message>
        <source>Not valid yet</source>
        <translation>未到提货时间</translation>
    </message>
    <message>
        <source>This order cannot be picked up yet.</source>
        <translation>这笔订单还不能提货。</translation>
    </message>
    <message>
        <source>The pickup time of this order has not begun.</source>
        <translation>该订单的提货时间尚未开始。</translation>
    </message>
    <message>
        <source>Look up the pickup time in the order together.</source>
        <translation>请与顾客一起查看订单中的提货时间。</translation>
    </message>
    <message>
        <source>Code is out of date</source>
        <translation>提货码已失效</translation>
    </message>
    <message>
        <source>Please open the order again and show the live code.</source>
        <translation>请重新打开订单，出示实时的提货码。</translation>
    </message>
    <message>
        <source>This looks like a screenshot, or a page left open too long.</source>
        <translation>可能是截图，或页面停留时间过长。</translation>
    </message>
    <message>
        <source>Have the code refreshed in the mini-program, then scan it.</source>
        <translation>请顾客在小程序中刷新提货码，再重新扫描。</translation>
    </message>
    <message>
        <source>Code was used elsewhere</source>
        <translation>提货码已在别处使用</translation>
    </message>
    <message>
        <source>This code was just used at another counter.</source>
        <translation>这个提货码刚在另一柜台使用过。</translation>
    </message>
    <message>
        <source>The very same showing was redeemed by another terminal.</source>
        <translation>同一次出示的提货码已由另一终端核销。</translation>
    </message>
    <message>
        <source>Do not hand over. Have the code refreshed, or call the supervisor.</source>
        <translation>请勿交货。请顾客刷新提货码，或联系店长。</translation>
    </message>
    <message>
        <source>For another store</source>
        <translation>非本店订单</translation>
    </message>
    <message>
        <source>This order has to be picked up in another store.</source>
        <translation>这笔订单需要到其他门店提货。</translation>
    </message>
    <message>
        <source>The voucher is bound to another store.</source>
        <translation>该凭证指定在其他门店提货。</translation>
    </message>
    <message>
        <source>Show the customer the store in the order.</source>
        <translation>请与顾客核对订单中的提货门店。</translation>
    </message>
    <message>
        <source>No longer valid</source>
        <translation>凭证已作废</translation>
    </message>
    <message>
        <source>This order was cancelled or refunded.</source>
        <translation>这笔订单已取消或退款。</translation>
    </message>
    <message>
        <source>Head office has withdrawn this voucher.</source>
        <translation>该凭证已被总部撤销。</translation>
    </message>
    <message>
        <source>Do not hand over. Refund questions go to service.</source>
        <translation>请勿交货。退款问题请顾客联系客服。</translation>
    </message>
    <message>
        <source>Unknown issuer</source>
        <translation>签发方未知</translation>
    </message>
    <message>
        <source>This code cannot be checked here.</source>
        <translation>暂时无法验证这个提货码。</translation>
    </message>
    <message>
        <source>This terminal does not know the key that signed the code.</source>
        <translation>本终端没有该提货码的签名公钥。</translation>
    </message>
    <message>
        <source>Do not hand over. Check the data age below, then call the supervisor.</source>
        <translation>请勿交货。请查看下方的数据更新时间，并联系店长。</translation>
    </message>
    <message>
        <source>Not a genuine code</source>
        <translation>提货码不真实</translation>
    </message>
    <message>
        <source>This code could not be confirmed.</source>
        <translation>这个提货码未通过验证。</translation>
    </message>
    <message>
        <source>The signature does not match: altered or forged.</source>
        <translation>签名不符：内容被改动，或系伪造。</translation>
    </message>
    <message>
        <source>Do not hand over. Have the order opened in the mini-program.</source>
        <translation>请勿交货。请顾客在小程序中打开订单。</translation>
    </message>
    <message>
        <source>Not a pickup code</source>
        <translation>不是提货码</translation>
    </message>
    <message>
        <source>Please show the pickup code of your order.</source>
        <translation>请出示订单的提货码。</translation>
    </message>
    <message>
        <source>What was scanned is not one of our pickup codes.</source>
        <translation>扫到的内容不是本系统的提货码。</translation>
    </message>
    <message>
        <source>In the mini-program: My orders → Pickup code.</source>
        <translation>小程序路径：我的订单 → 提货码。</translation>
    </message>
    <message>
        <source>Voucher not found</source>
        <translation>未找到凭证</translation>
    </message>
    <message>
        <source>No order was found for this number.</source>
        <translation>没有找到该编号的订单。</translation>
    </message>
    <message>
        <source>This terminal knows no voucher with this number.</source>
        <translation>本终端没有该编号的凭证。</translation>
    </message>
    <message>
        <source>Check the number and type it again.</source>
        <translation>请核对编号后重新输入。</translation>
    </message>
    <message>
        <source>Locked</source>
        <translation>凭证已锁定</translation>
    </message>
    <message>
        <source>The voucher is locked against guessing.</source>
        <translation>为防止试猜，该凭证已锁定。</translation>
    </message>
    <message>
        <source>The supervisor can unlock it after an identity check.</source>
        <translation>由店长核实身份后解锁。</translation>
    </message>
    <message>
        <source>Clock not trusted</source>
        <translation>时钟不可信</translation>
    </message>
    <message>
        <source>This terminal is not sure of the time, so live codes cannot be judged.</source>
        <translation>本终端时间不可信，无法判断动态码是否有效。</translation>
    </message>
    <message>
        <source>Restore the network, or call the supervisor.</source>
        <translation>请恢复网络，或联系店长。</translation>
    </message>
    <message>
        <source>Needs the network</source>
        <translation>需要联网核销</translation>
    </message>
    <message>
        <source>One moment please, the network is interrupted.</source>
        <translation>请稍候，网络暂时中断。</translation>
    </message>
    <message>
        <source>This order may not be handed over without the network.</source>
        <translation>该订单不允许在断网时核销。</translation>
    </message>
    <message>
        <source>Wait for the network, or call the supervisor.</source>
        <translation>请等待网络恢复，或联系店长。</translation>
    </message>
    <message>
        <source>Out of stock</source>
        <translation>库存不足</translation>
    </message>
    <message>
        <source>We are sorry: an item is out of stock at the moment.</source>
        <translation>很抱歉，部分商品暂时缺货。</translation>
    </message>
    <message>
        <source>The stock of this store does not cover the order.</source>
        <translation>本店库存不够这笔订单。</translation>
    </message>
    <message>
        <source>Look on the shelf; if it is there, call the supervisor.</source>
        <translation>请查看货架；如有实物，请联系店长处理。</translation>
    </message>
    <message>
        <source>Stock is closed</source>
        <translation>库存已封存</translation>
    </message>
    <message>
        <source>One moment please, we are counting stock.</source>
        <translation>请稍候，我们正在盘点。</translation>
    </message>
    <message>
        <source>Handing over is paused while stock is being counted.</source>
        <translation>盘点期间暂停提货。</translation>
    </message>
    <message>
        <source>Wait for the end of the count, or call the supervisor.</source>
        <translation>请等待盘点结束，或联系店长。</translation>
    </message>
    <message>
        <source>Goods past their date</source>
        <translation>商品已过期</translation>
    </message>
    <message>
        <source>These goods can no longer be handed over.</source>
        <translation>该商品已不能交付。</translation>
    </message>
    <message>
        <source>The batch is past its date and must not leave the store.</source>
        <translation>该批次已过保质期，不得出店。</translation>
    </message>
    <message>
        <source>Set the goods aside. Take a fresh batch, or offer a refund.</source>
        <translation>请将商品下架，更换新批次或为顾客退款。</translation>
    </message>
    <message>
        <source>Stopped for safety</source>
        <translation>风控拦截</translation>
    </message>
    <message>
        <source>This order needs a check before it can be picked up.</source>
        <translation>这笔订单需要核实后才能提货。</translation>
    </message>
    <message>
        <source>A risk rule of head office stops this voucher.</source>
        <translation>该凭证被总部风控规则拦截。</translation>
    </message>
    <message>
        <source>Do not hand over. Call the supervisor.</source>
        <translation>请勿交货，请联系店长。</translation>
    </message>
    <message>
        <source>Needs a check</source>
        <translation>需要人工审核</translation>
    </message>
    <message>
        <source>This voucher cannot be handed over without a check.</source>
        <translation>该凭证须经审核后才能提货。</translation>
    </message>
    <message>
        <source>Call the supervisor.</source>
        <translation>请联系店长。</translation>
    </message>
</context>
<context>
    <name>Viewfinder</name>
    <message>
        <source>Hold the pickup code into the frame</source>
        <translation>请将提货码对准框内</translation>
    </message>
    <message>
        <source>Checking the code…</source>
        <translation>正在验证…</translation>
    </message>
    <message>
        <source>Code found</source>
        <translation>已识别</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Pickup counter</source>
        <translation>提货柜台</translation>
    </message>
</context>
</TS>
